// The thread: one turn after the other, and what others ask of it.
#include "common/runtime/sink_loop.h"

#include <algorithm>

#include "common/events/rights.h"
#include "common/events/topics.h"
#include "common/log/log.h"
#include "common/runtime/crash_point.h"

namespace shopwire::runtime {
namespace {

constexpr std::size_t kPollMax = 2'000;
constexpr std::size_t kItemsMax = 20'000;  // in memory; past it nothing is fetched until half of them are done
constexpr std::chrono::milliseconds kWaitIdle{100};
constexpr std::chrono::seconds kMeasureInterval{5};
constexpr std::chrono::seconds kSaveMax{60};
constexpr std::chrono::seconds kCloseMax{5};

}  // namespace

SinkLoop::SinkLoop(Options options, Connections& connections, state::Database& database, Clock& clock,
                   RuntimeMetrics& metrics)
    : options_(std::move(options)),
      connections_(connections),
      clock_(clock),
      metrics_(metrics),
      effects_(state::Store::create(database, events::sink_state_topic("effects", options_.system))),
      parked_(state::Store::create(database, events::sink_state_topic("parked", options_.system))),
      cursors_(state::Store::create(database, events::sink_state_topic("cursors", options_.system))),
      snapshots_(state::Store::create(database, events::sink_state_topic("snapshots", options_.system))),
      core_({.system = options_.system,
             .rules = options_.rules,
             .runtime = options_.runtime,
             .on_state = [this](const std::string& id, const std::string& why) { connections_.set_stopped(id, why); }},
            *effects_, *parked_, clock, metrics),
      pool_(std::make_unique<WorkerPool>(static_cast<std::size_t>(options_.runtime.calls_max))) {
    note_progress();
}

SinkLoop::~SinkLoop() {
    if (thread_.joinable()) stop(std::chrono::milliseconds(0));
}

void SinkLoop::start(const std::function<void()>& prepare) {
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
    if (prepare) prepare();
    note_progress();  // however long that took, nothing stalled
    prepared_.release();
}

void SinkLoop::stop(std::chrono::milliseconds deadline) {
    thread_.request_stop();
    wake();
    {
        std::unique_lock lock(mutex_);
        answered_.wait_for(lock, deadline, [this] { return left_; });
    }
    pool_->request_stop();  // what did not end by itself is cut; the journal tells the next owner
    if (thread_.joinable()) thread_.join();
    pool_.reset();
}

void SinkLoop::run(std::stop_token stop) {
    connect(stop);
    prepared_.acquire();
    while (!stop.stop_requested() && fatal().empty()) turn(false);
    const Clock::Monotonic asked = clock_.monotonic();
    if (fatal().empty())
        for (const std::int32_t slot : slots()) core_.withdraw(slot);
    while (consumer_ && fatal().empty() && core_.call_count() > 0 &&
           clock_.monotonic() - asked < options_.runtime.stall_timeout) {
        turn(true);
        const std::scoped_lock lock(mutex_);
        if (left_) break;
    }
    leave();
}

// The transactional id is taken while the group is joined: each waits for the broker.  A right to it that is missing
// may be given.
void SinkLoop::connect(std::stop_token stop) {
    transaction_maker_ = std::jthread([this, stop] {
        Result<std::unique_ptr<kafka::Transaction>> made = kafka::Transaction::create(
            options_.kafka, {.transactional_id = options_.pod, .timeout = options_.runtime.transaction_timeout});
        if (!made) {
            transaction_status_ = std::unexpected(made.error());
            return;
        }
        transaction_ = *std::move(made);
        for (int attempt = 0;; ++attempt) {
            transaction_status_ = transaction_->init(kInitMax);
            if (transaction_status_ || transaction_status_.error().kind != ErrorKind::kTransient) return;
            note_progress();
            if (!clock_.sleep_for(retry_wait(attempt), stop)) return;
        }
    });
    kafka::Consumer::Rebalance rebalance{
        .assigned = [this](const kafka::Consumer::Partitions& partitions) { return assign(partitions); },
        .revoked = [this](const kafka::Consumer::Partitions& partitions) { release(partitions, false); },
        .lost = [this](const kafka::Consumer::Partitions& partitions) { release(partitions, true); },
    };
    Result<std::unique_ptr<kafka::Consumer>> consumer =
        kafka::Consumer::create(options_.kafka,
                                {.group = events::group_of(options_.system),
                                 .member_id = options_.pod,
                                 .topics = {events::command_topic(options_.system, events::Lane::kOrders),
                                            events::command_topic(options_.system, events::Lane::kGoods)},
                                 .session_timeout = options_.runtime.session_timeout},
                                std::move(rebalance));
    if (!consumer) return fail(consumer.error().message);
    consumer_ = *std::move(consumer);
    waker_ = consumer_.get();
}

void SinkLoop::turn(bool stopping) {
    read_records(stopping);
    take_mail();
    core_.schedule(stopping);
    if (!core_.fault().empty()) fail(core_.fault());
    if (!fatal().empty()) return;  // nothing more is written or sent
    commit_if_needed(false);
    if (!fatal().empty()) return;
    dispatch(core_.take_calls());
    press_back();
    measure();
    note_progress();
}

// The watchdog's sign of life.
void SinkLoop::note_progress() { last_turn_ = clock_.monotonic().time_since_epoch().count(); }

void SinkLoop::take_mail() {
    std::vector<SinkCore::Completion> completions;
    std::vector<SavePtr> requests;
    std::vector<std::function<void(SinkCore&)>> orders;
    {
        const std::scoped_lock lock(mutex_);
        completions.swap(completions_);
        requests.swap(save_requests_);
        orders.swap(orders_);
    }
    for (SinkCore::Completion& completion : completions) core_.complete(std::move(completion));
    for (const auto& order : orders) order(core_);
    saves_.insert(saves_.end(), requests.begin(), requests.end());
}

std::chrono::milliseconds SinkLoop::poll_wait() const {
    if (!saves_.empty()) return std::chrono::milliseconds(0);
    const Clock::Monotonic now = clock_.monotonic();
    Clock::Monotonic until = now + kWaitIdle;
    if (const auto due = core_.next_due()) until = std::min(until, *due);
    if (const auto due = commit_due()) until = std::min(until, *due);
    return std::chrono::ceil<std::chrono::milliseconds>(std::max(until - now, Clock::Duration::zero()));
}

void SinkLoop::read_records(bool stopping) {
    if (!consumer_) return;
    const Result<std::vector<kafka::Record>> records = consumer_->poll(stopping ? 1 : kPollMax, poll_wait());
    if (!records) {
        if (records.error().kind != ErrorKind::kTransient) return fail(records.error().message);
        log::debug("polling", {{"error", records.error()}});
        return;
    }
    if (records->empty()) return;
    crash_point("sink.after_read");
    for (const kafka::Record& record : *records) {
        const kafka::Partition partition{record.topic, record.partition};
        tracker_.read(partition, record.offset);
        core_.read(record);
    }
}

// Whoever leaves something for the loop calls this afterwards: it waits for records, and for nothing else.
void SinkLoop::wake() {
    if (kafka::Consumer* consumer = waker_.load()) consumer->wake();
}

// The last resort: a whole process that cannot keep up.  One slow or stopped connection parks instead.
void SinkLoop::press_back() {
    if (!consumer_ || (paused_ ? core_.item_count() > kItemsMax / 2 : core_.item_count() < kItemsMax)) return;
    const Status status =
        paused_ ? consumer_->resume(consumer_->assignment()) : consumer_->pause(consumer_->assignment());
    if (!status) {
        log::warning("pausing the consumer", {{"error", status.error()}});
        return;
    }
    paused_ = !paused_;
    log::info(paused_ ? "reading paused: too much in hand" : "reading resumed");
}

void SinkLoop::measure() {
    if (!consumer_ || clock_.monotonic() < next_measure_) return;
    next_measure_ = clock_.monotonic() + kMeasureInterval;
    metrics_.lag.set(static_cast<double>(consumer_->lag()));
    metrics_.gone.add(static_cast<double>(consumer_->gone()) - metrics_.gone.value());
    core_.measure_age();
}

void SinkLoop::leave() {
    leaving_ = true;
    if (consumer_) {
        if (fatal().empty()) {
            take_mail();
            commit_if_needed(true);
        }
        if (const Status closed = consumer_->close(kCloseMax); !closed) {
            log::warning("closing the consumer", {{"error", closed.error()}});
        }
    }
    answer_saves(cancelled());
    const std::scoped_lock lock(mutex_);
    assigned_ = false;
    left_ = true;
    for (const SavePtr& request : save_requests_) request->answer = cancelled();
    save_requests_.clear();
    answered_.notify_all();
}

void SinkLoop::fail(const std::string& why) {
    log::error("the sink loop cannot go on", {{"reason", why}});
    const std::scoped_lock lock(mutex_);
    if (fatal_.empty()) fatal_ = why;
    answered_.notify_all();
}

std::string SinkLoop::fatal() const {
    const std::scoped_lock lock(mutex_);
    return fatal_;
}

std::set<std::int32_t> SinkLoop::slots() const {
    const std::scoped_lock lock(mutex_);
    return slots_;
}

void SinkLoop::tell(std::function<void(SinkCore&)> order) {
    {
        const std::scoped_lock lock(mutex_);
        orders_.push_back(std::move(order));
    }
    wake();
}

bool SinkLoop::ask(std::function<void(SinkCore&)> question, std::chrono::milliseconds limit) {
    // Shared: the question may be answered after its asker gave up.
    struct State {
        bool claimed = false;
        bool done = false;
    };
    const auto state = std::make_shared<State>();
    tell([this, state, question = std::move(question)](SinkCore& core) {
        {
            const std::scoped_lock lock(mutex_);
            if (state->claimed) return;
            state->claimed = true;
        }
        question(core);
        const std::scoped_lock lock(mutex_);
        state->done = true;
        answered_.notify_all();
    });
    std::unique_lock lock(mutex_);
    answered_.wait_for(lock, limit, [this, &state] { return state->done || left_; });
    if (state->claimed && !state->done) answered_.wait(lock, [&state] { return state->done; });
    state->claimed = true;
    return state->done;
}

Result<std::optional<std::string>> SinkLoop::load_cursor(std::int32_t slot, const std::string& key, std::stop_token) {
    Result<std::optional<std::string>> value = transient("loading a cursor: the loop is busy");
    const bool answered = ask(
        [&](SinkCore&) {
            if (cursors_->is_open(slot))
                value = cursors_->get(slot, key);
            else
                value = cancelled("the slot moved");
        },
        kSaveMax);
    if (!answered) return transient("loading a cursor: the loop is busy");
    return value;
}

Status SinkLoop::save(std::int32_t slot, std::vector<StateWrite> writes, std::stop_token stop) {
    const auto request = std::make_shared<SaveRequest>();
    request->slot = slot;
    request->writes = std::move(writes);
    std::unique_lock lock(mutex_);
    if (left_) return cancelled();
    save_requests_.push_back(request);
    wake();
    answered_.wait_for(lock, stop, kSaveMax, [&request] { return request->answer.has_value(); });
    if (request->answer) return *request->answer;
    return stop.stop_requested() ? cancelled() : transient("saving state: no commit in time");
}

Status SinkLoop::scan_snapshots(std::int32_t slot, const std::string& prefix,
                                const std::function<void(std::string_view, std::string_view)>& each) {
    const std::scoped_lock lock(snapshots_mutex_);
    if (!snapshots_->is_open(slot)) return cancelled("the slot moved");
    return snapshots_->scan(slot, prefix, [&each](std::string_view key, std::string_view value) {
        each(key, value);
        return true;
    });
}

}  // namespace shopwire::runtime
