#include "common/runtime/sources.h"

#include <algorithm>

#include "common/core/ids.h"
#include "common/log/log.h"

namespace shopwire::runtime {
namespace {

constexpr std::size_t kThreadsMax = 16;
constexpr std::chrono::milliseconds kStoppedWait{1'000};  // how soon a connection that runs again is noticed
constexpr std::chrono::milliseconds kBusyWait{50};
constexpr std::chrono::milliseconds kFirstUpkeepWait{500};
constexpr std::chrono::seconds kDueAgain{30};  // how soon a clock that was set is noticed
constexpr std::string_view kUpkeep = "#upkeep";
constexpr std::string_view kProbe = "#probe";

std::string name_of_task(const std::string& connection, std::string_view stream) {
    return connection + '\n' + std::string(stream);
}

calendar::Timetable timetable_of(const LiveConnection& connection, const Stream& stream) {
    const auto found = connection.settings.streams.find(std::string(stream.name));
    const bool is_set = found != connection.settings.streams.end();
    return config::timetable_of(is_set ? found->second : config::StreamSettings{}, stream.interval);
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
      run_(uuid7(clock.now_ms())),
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
        const bool ours = wanted.contains(id);
        if (!ours || std::ranges::find(changed, id) != changed.end()) remove_connection(id);
        if (!ours) show_none(id);
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

// Whoever serves it now tells what fails; what stood here would stay for ever.
void Sources::show_none(const std::string& id) {
    for (const Stream& stream : spec_.streams) {
        if (!tasks_.contains(name_of_task(id, stream.name))) continue;
        StreamMetrics& metrics = metrics_.stream(id, stream.name);
        metrics.stopped->set(0);
        metrics.rows_failed->set(0);
    }
}

Result<Sources::Taken> Sources::sync_now(const std::string& connection, const std::string& stream,
                                         const SyncRequest& request) {
    const std::string name = name_of_task(connection, stream);
    const ConnectionPtr ours = connections_.find(connection);
    Taken taken{.none = ours && std::ranges::none_of(spec_.streams, [&](const Stream& one) {
                            return one.name == stream && is_enabled(*ours, one);
                        })};
    {
        const std::scoped_lock lock(mutex_);
        const auto found = tasks_.find(name);
        if (found == tasks_.end() || !served_.contains(connection)) return taken;
        if (request.since_ms && !found->second->stream.since) return rejected(since_refusal(stream));
        const std::scoped_lock shown(found->second->shown);
        taken.ticket = {.run = run_, .number = found->second->plan.ask(request)};
        const std::int64_t now_ms = clock_.now_ms();
        const std::int64_t until_ms = found->second->plan.quiet_until_ms(now_ms);
        if (until_ms > now_ms) taken.quiet_until_ms = until_ms;
    }
    taken.found = schedule_.run_now(name);
    return taken;
}

std::string Sources::since_refusal(const std::string& stream) const {
    std::string able;
    for (const Stream& other : spec_.streams)
        if (other.since) able += (able.empty() ? "" : ", ") + std::string(other.name);
    return "stream " + stream + " cannot be read from a time; " +
           (able.empty() ? "no stream of this system can" : "those that can: " + able);
}

// First the cursors: a crash between the two only does again what was not taken back yet.
Result<std::vector<std::string>> Sources::leave(const LiveConnection& connection, std::stop_token stop) {
    std::vector<TaskPtr> tasks;
    std::vector<std::unique_lock<std::mutex>> quiet;  // after the tasks, which they are of
    for (const Stream& stream : spec_.streams) {
        if (!stream.undone_by_leaving) continue;
        {
            const std::scoped_lock lock(mutex_);
            const auto found = tasks_.find(name_of_task(connection.id, stream.name));
            tasks.push_back(found == tasks_.end() ? std::make_shared<Task>() : found->second);
        }
        quiet.emplace_back(tasks.back()->running, std::defer_lock);
        while (!quiet.back().try_lock())
            if (!clock_.sleep_for(kBusyWait, stop)) return cancelled("stream " + std::string(stream.name) + " is busy");
        tasks.back()->fresh = true;
        schedule_.run_now(name_of_task(connection.id, stream.name));  // resumed, it does not wait until it was due
        if (const Status begun = make_reader(connection, stream)->begin_at_start(stop); !begun)
            return std::unexpected(begun.error());
    }
    if (!connection.connector.leave) return std::vector<std::string>();
    return connection.connector.leave(std::move(stop));
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
                            .from_start = stream.from_start,
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
    if (task.fresh.exchange(false) || !task.reader) {
        if (const Status opened = open(task, *connection, stop); !opened) return unopened(task, opened.error());
    }
    if (const Clock::Duration wait = until_due(task); wait.count() > 0) return wait;
    if (const Status begun = begin_page(task, stop); !begun) return answer(task, std::unexpected(begun.error()), stop);
    return answer(task, task.reader->step(*connection->connector.source, stop), stop);
}

Status Sources::open(Task& task, const LiveConnection& connection, std::stop_token stop) {
    task.reader.reset();
    std::unique_ptr<StreamReader> reader = make_reader(connection, task.stream);
    const Result<StreamReader::Kept> kept = reader->kept(stop);
    if (!kept) return std::unexpected(kept.error());
    task.reader = std::move(reader);
    task.failures = 0;
    const std::scoped_lock shown(task.shown);
    const bool ours = kept->asked.run == run_;
    task.plan.open(timetable_of(connection, task.stream), task.stream.pass, kept->last_success_ms, kept->under_way,
                   clock_.now_ms(), ours ? kept->asked.number : 0);
    task.inherited = kept->under_way && !ours ? kept->asked : Ticket{};
    task.progress = {};
    task.last_success_ms = std::max(task.last_success_ms, kept->last_success_ms);
    return {};
}

// Nothing is known of the stream, so no timetable holds: it is opened again slowly.
Clock::Duration Sources::unopened(Task& task, const Error& error) {
    if (error.kind == ErrorKind::kCancelled) return kStoppedWait;
    const config::RuntimeSettings& times = installation_.runtime;
    const bool rejected = error.kind == ErrorKind::kRejected;
    StreamMetrics& metrics = metrics_.stream(task.connection, task.stream.name);
    metrics.failures->add();
    if (rejected) metrics.stopped->set(1);
    if (task.failures == 0)
        log::error("a stream cannot be opened; it is tried again",
                   {{"connection", task.connection}, {"stream", task.stream.name}, {"error", error}});
    const bool tell = ++task.failures >= times.attempts_max || rejected;
    {
        const std::scoped_lock shown(task.shown);
        task.last_error = error.with_words();
        task.progress = {};
        if (tell) task.plan.unopened(task.last_error);
    }
    return backoff(task.failures - 1, times.backoff_first, times.backoff_max, random_chance());
}

Clock::Duration Sources::until_due(const Task& task) const {
    const std::scoped_lock shown(task.shown);
    return std::min<Clock::Duration>(std::chrono::milliseconds(task.plan.wait_ms(clock_.now_ms())), kDueAgain);
}

Status Sources::begin_page(Task& task, std::stop_token stop) {
    std::optional<SyncRequest> asked;
    Wanted wanted;
    {
        const std::scoped_lock shown(task.shown);
        const bool goes_on = task.plan.state().under_way;
        asked = task.plan.begin_page();
        if (!goes_on || asked) task.inherited = {};
        wanted.ticket = {.run = run_, .number = task.plan.serving()};
    }
    if (!asked) return {};
    wanted.full = asked->full;
    wanted.loss_accepted = asked->loss_accepted;
    if (!asked->full && asked->since_ms && task.stream.since) {
        const Result<StreamReader::Kept> kept = task.reader->kept(stop);
        Result<Cursor> start = kept ? task.stream.since(*asked->since_ms, kept->cursor) : std::unexpected(kept.error());
        if (!start) return within("reading since a time", std::move(start).error());
        wanted.since = *std::move(start);
    }
    task.reader->want(std::move(wanted));
    return {};
}

Clock::Duration Sources::answer(Task& task, const Result<bool>& stepped, std::stop_token stop) {
    {
        const std::scoped_lock shown(task.shown);
        task.progress = task.reader->progress();
        task.last_error = stepped ? "" : stepped.error().with_words();
        if (stepped && !*stepped) {
            task.last_success_ms = clock_.now_ms();
            task.plan.ended(task.last_success_ms, task.reader->again_in());
        }
    }
    if (!stepped) return react(task, stepped.error(), std::move(stop));
    task.failures = 0;
    metrics_.stream(task.connection, task.stream.name).stopped->set(0);
    return until_due(task);
}

void Sources::tell_plan(Task& task, const std::function<void(StreamPlan&)>& what) {
    const std::scoped_lock shown(task.shown);
    what(task.plan);
}

Clock::Duration Sources::react(Task& task, const Error& error, std::stop_token stop) {
    const config::RuntimeSettings& times = installation_.runtime;
    StreamMetrics& metrics = metrics_.stream(task.connection, task.stream.name);
    if (error.kind == ErrorKind::kCancelled) return kStoppedWait;
    metrics.failures->add();
    switch (error.kind) {
        case ErrorKind::kRateLimited: return error.retry_after.value_or(times.backoff_first);
        case ErrorKind::kAuth:
            task.reader->abandon_pass(stop);  // whoever asks next wants one of his own
            tell_plan(task, [&](StreamPlan& plan) { plan.stopped(error.with_words(), clock_.now_ms()); });
            if (verdicts_.refused) verdicts_.refused(task.connection, error.message);
            return kStoppedWait;
        case ErrorKind::kRejected:
            metrics.stopped->set(1);
            log::error("stream stopped; it is asked again slowly",
                       {{"connection", task.connection}, {"stream", task.stream.name}, {"error", error}});
            task.reader->abandon_pass(stop);
            tell_plan(task, [&](StreamPlan& plan) {
                const std::int64_t now_ms = clock_.now_ms();
                plan.failed(error.with_words(), now_ms, now_ms + times.backoff_max.count(), error.retry_after);
            });
            return until_due(task);
        case ErrorKind::kTransient:
        case ErrorKind::kAmbiguous:
        case ErrorKind::kCancelled: break;
    }
    if (task.failures == 0) {
        log::warning("reading failed",
                     {{"connection", task.connection}, {"stream", task.stream.name}, {"error", error}});
    }
    if (++task.failures >= times.attempts_max) {
        task.reader->restart_pass();
        tell_plan(task, [&](StreamPlan& plan) { plan.struggles(error.with_words()); });
    }
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
        const StreamPlan::State& state = task->plan.state();
        states.push_back({.connection = task->connection,
                          .stream = std::string(task->stream.name),
                          .last_success_ms = task->last_success_ms,
                          .last_error = task->last_error,
                          .plan = state,
                          // That of the last reading says nothing of one whose first page is still to come.
                          .progress = state.under_way && !task->progress.under_way ? PassProgress{} : task->progress,
                          .inherited = task->inherited});
    }
    return states;
}

}  // namespace shopwire::runtime
