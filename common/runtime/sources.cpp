#include "common/runtime/sources.h"

#include <algorithm>

#include "common/log/log.h"

namespace shopwire::runtime {
namespace {

constexpr std::size_t kThreadsMax = 16;
constexpr std::chrono::milliseconds kStoppedWait{1'000};  // how soon a connection that runs again is noticed
constexpr std::chrono::milliseconds kBusyWait{50};
constexpr std::chrono::milliseconds kFirstUpkeepWait{500};
constexpr std::string_view kUpkeep = "#upkeep";
constexpr std::string_view kProbe = "#probe";

std::string name_of_task(const std::string& connection, std::string_view stream) {
    return connection + '\n' + std::string(stream);
}

std::chrono::milliseconds interval_of(const LiveConnection& connection, const Stream& stream) {
    const auto found = connection.settings.streams.find(std::string(stream.name));
    if (found == connection.settings.streams.end() || found->second.interval.count() == 0) return stream.interval;
    return found->second.interval;
}

bool is_enabled(const LiveConnection& connection, const Stream& stream) {
    const auto found = connection.settings.streams.find(std::string(stream.name));
    return found == connection.settings.streams.end() || found->second.enabled;
}

}  // namespace

Sources::Sources(const ConnectorSpec& spec, const config::Installation& installation, Connections& connections,
                 kafka::Producer& producer, StateAccess& state, Clock& clock, RuntimeMetrics& metrics,
                 Verdicts verdicts)
    : spec_(spec),
      installation_(installation),
      connections_(connections),
      producer_(producer),
      state_(state),
      clock_(clock),
      metrics_(metrics),
      verdicts_(std::move(verdicts)),
      schedule_(clock, kThreadsMax) {}

Sources::~Sources() = default;

void Sources::own(const std::set<std::int32_t>& slots) {
    {
        const std::scoped_lock lock(mutex_);
        slots_ = slots;
        for (const auto& [name, task] : tasks_) task->fresh = true;
    }
    refresh({});
}

void Sources::refresh(const std::vector<std::string>& changed) {
    const std::vector<ConnectionPtr> all = connections_.all();
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    std::set<std::string> wanted;
    for (const ConnectionPtr& connection : all) {
        if (slots_.contains(connection->slot)) wanted.insert(connection->id);
    }
    const std::set<std::string> served = served_;
    for (const std::string& id : served) {
        if (!wanted.contains(id) || std::ranges::find(changed, id) != changed.end()) remove_connection(id);
    }
    for (const ConnectionPtr& connection : all) {
        if (wanted.contains(connection->id) && !served_.contains(connection->id)) add_connection(*connection);
    }
}

void Sources::add_connection(const LiveConnection& connection) {
    served_.insert(connection.id);
    for (const Stream& stream : spec_.streams) {
        if (!connection.connector.source || !is_enabled(connection, stream)) continue;
        const std::string name = name_of_task(connection.id, stream.name);
        TaskPtr& task = tasks_[name];
        if (!task) task = std::make_shared<Task>();
        task->connection = connection.id;
        task->stream = stream;
        task->fresh = true;
        schedule_.add(name, installation_.runtime.start_delay,
                      [this, task](std::stop_token stop) { return run_stream(*task, stop); });
    }
    const std::string id = connection.id;
    if (connection.connector.upkeep) {
        schedule_.add(name_of_task(id, kUpkeep), kFirstUpkeepWait,
                      [this, id](std::stop_token stop) { return run_upkeep(id, stop); });
    }
    if (connection.connector.probe) {
        schedule_.add(name_of_task(id, kProbe), installation_.runtime.probe_interval,
                      [this, id](std::stop_token stop) { return run_probe(id, stop); });
    }
}

// The task object stays, so that a run that is still ending and the next one exclude each other.
void Sources::remove_connection(const std::string& id) {
    served_.erase(id);
    for (const Stream& stream : spec_.streams) schedule_.remove(name_of_task(id, stream.name));
    schedule_.remove(name_of_task(id, kUpkeep));
    schedule_.remove(name_of_task(id, kProbe));
}

bool Sources::sync_now(const std::string& connection, const std::string& stream, bool full) {
    const std::string name = name_of_task(connection, stream);
    {
        const std::scoped_lock lock(mutex_);
        const auto found = tasks_.find(name);
        if (found == tasks_.end()) return false;
        if (full) found->second->asked_full = true;
        found->second->asked = true;
    }
    return schedule_.run_now(name);
}

void Sources::stop(std::chrono::milliseconds deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        served_.clear();
    }
    schedule_.remove_all();
    if (!schedule_.wait_idle(deadline)) log::warning("sources did not end in time");
}

std::unique_ptr<StreamReader> Sources::make_reader(const LiveConnection& connection, const Stream& stream) const {
    StreamIdentity identity{.merchant = connection.merchant,
                            .connection = connection.settings.name,
                            .system = std::string(spec_.system),
                            .stream = std::string(stream.name),
                            .slot = connection.slot,
                            .pass = stream.pass,
                            .told_elsewhere = stream.told_elsewhere,
                            .vanished_ratio_max = installation_.runtime.vanished_ratio_max,
                            .drift_max_percent = installation_.runtime.drift_max_percent,
                            .router_partitions = installation_.router_partitions};
    const auto settings = connection.settings.streams.find(identity.stream);
    if (settings != connection.settings.streams.end()) identity.full_interval = settings->second.full_interval;
    return std::make_unique<StreamReader>(std::move(identity), producer_, state_, clock_, metrics_);
}

Clock::Duration Sources::run_stream(Task& task, std::stop_token stop) {
    const std::unique_lock lock(task.running, std::try_to_lock);
    if (!lock) return kBusyWait;
    const ConnectionPtr connection = connections_.find(task.connection);
    if (!connection || !connection->connector.source) return kStoppedWait;
    if (!connections_.stopped(task.connection).empty()) return kStoppedWait;
    const std::chrono::milliseconds interval = interval_of(*connection, task.stream);
    const bool asked = task.asked.exchange(false);
    if (task.fresh.exchange(false) || !task.reader) {
        task.reader = make_reader(*connection, task.stream);
        task.failures = 0;
        const Result<std::int64_t> last = task.reader->last_success_ms(stop);
        if (!last) {
            task.fresh = true;
            return answer(task, std::unexpected(last.error()), interval);
        }
        // A snapshot is dear: a restart does not bring it forward.
        const std::chrono::milliseconds due{*last + interval.count() - clock_.now_ms()};
        if (task.stream.pass == Pass::kSnapshot && *last > 0 && due.count() > 0 && !asked)
            return std::min(due, interval);
    }
    if (task.asked_full.exchange(false)) task.reader->read_from_start();
    return answer(task, task.reader->step(*connection->connector.source, stop), interval);
}

Clock::Duration Sources::answer(Task& task, const Result<bool>& stepped, Clock::Duration interval) {
    const config::RuntimeSettings& times = installation_.runtime;
    StreamMetrics& metrics = metrics_.stream(task.connection, task.stream.name);
    {
        const std::scoped_lock lock(task.shown);
        task.last_error = stepped ? "" : stepped.error().with_words();
        if (stepped && !*stepped) task.last_success_ms = clock_.now_ms();
    }
    if (stepped) {
        task.failures = 0;
        metrics.stopped->set(0);
        return *stepped ? Clock::Duration{} : task.reader->due_in(interval);
    }
    const Error& error = stepped.error();
    if (error.kind == ErrorKind::kCancelled) return kStoppedWait;
    metrics.failures->add();
    switch (error.kind) {
        case ErrorKind::kRateLimited: return error.retry_after.value_or(times.backoff_first);
        case ErrorKind::kAuth:
            if (verdicts_.refused) verdicts_.refused(task.connection, error.message);
            return kStoppedWait;
        case ErrorKind::kRejected:
            metrics.stopped->set(1);
            log::error("stream stopped; it is asked again slowly",
                       {{"connection", task.connection}, {"stream", task.stream.name}, {"error", error}});
            if (task.reader) task.reader->restart_pass();
            return std::max<Clock::Duration>(interval, times.backoff_max);
        case ErrorKind::kTransient:
        case ErrorKind::kAmbiguous:
        case ErrorKind::kCancelled: break;
    }
    if (task.failures == 0) {
        log::warning("reading failed",
                     {{"connection", task.connection}, {"stream", task.stream.name}, {"error", error}});
    }
    if (++task.failures >= times.attempts_max && task.reader) task.reader->restart_pass();
    return backoff(task.failures - 1, times.backoff_first, times.backoff_max, random_chance());
}

Clock::Duration Sources::run_upkeep(const std::string& id, std::stop_token stop) {
    const ConnectionPtr connection = connections_.find(id);
    if (!connection || !connection->connector.upkeep || !connections_.stopped(id).empty()) return kStoppedWait;
    const Status done = connection->connector.upkeep->run(stop);
    if (done || done.error().kind == ErrorKind::kCancelled) return spec_.upkeep_interval;
    log::warning("upkeep failed", {{"connection", id}, {"error", done.error()}});
    if (done.error().kind == ErrorKind::kAuth && verdicts_.refused) verdicts_.refused(id, done.error().message);
    return spec_.upkeep_interval;
}

Clock::Duration Sources::run_probe(const std::string& id, std::stop_token stop) {
    const ConnectionPtr connection = connections_.find(id);
    if (connection && connection->connector.probe && !connections_.stopped(id).empty()) {
        if (connection->connector.probe(stop) && verdicts_.usable) verdicts_.usable(id);
    }
    return installation_.runtime.probe_interval;
}

std::vector<Sources::StreamState> Sources::streams() const {
    const std::scoped_lock lock(mutex_);
    std::vector<StreamState> states;
    for (const auto& [name, task] : tasks_) {
        if (!served_.contains(task->connection)) continue;
        const std::scoped_lock shown(task->shown);
        states.push_back({.connection = task->connection,
                          .stream = std::string(task->stream.name),
                          .last_success_ms = task->last_success_ms,
                          .last_error = task->last_error});
    }
    return states;
}

}  // namespace shopwire::runtime
