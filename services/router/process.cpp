#include "services/router/process.h"

#include <algorithm>
#include <future>

#include "common/events/rights.h"
#include "common/events/topics.h"
#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "services/router/overview.h"
#include "services/router/routing_text.h"

namespace shopwire::router {
namespace {

// Transactions grow with the load, since throughput per transaction is what scales; a lone record goes alone.  A poll
// takes several, so that one is committed while the next is mapped.
constexpr std::size_t kBatchesPerPoll = 4;
constexpr std::chrono::milliseconds kPollWait{100};
// An order goes at once; results, stock and prices share transactions, so that none is under way when an order comes.
constexpr std::chrono::milliseconds kGather{10};
constexpr std::chrono::milliseconds kKafkaTimeout{10'000};  // who stops waits for it, a few times
constexpr std::chrono::milliseconds kRestoreTimeout{600'000};
constexpr std::chrono::milliseconds kReloadInterval{1'000};
constexpr std::chrono::milliseconds kRetryFirst{200};
constexpr std::chrono::milliseconds kRetryMax{5'000};
constexpr std::chrono::minutes kLookInterval{1};
constexpr std::chrono::seconds kAnswerMax{5};
constexpr std::size_t kShownMax = 1'000;

std::set<std::int32_t> numbers_of(const kafka::Consumer::Partitions& partitions) {
    std::set<std::int32_t> out;
    for (const kafka::Partition& partition : partitions) out.insert(partition.number);
    return out;
}

}  // namespace

Process::Process(const config::Installation& installation, ProcessOptions options, RoutingLoader& loader,
                 Metrics& metrics, Clock& clock)
    : installation_(installation),
      options_(std::move(options)),
      loader_(loader),
      metrics_(metrics),
      clock_(clock),
      gather_{.time = kGather,
              .ends = [orders = events::event_topic(events::Entity::kOrder)](const kafka::Record& record) {
                  return record.topic == orders;
              }} {}

Process::~Process() = default;

void Process::use(std::shared_ptr<const Routing> routing) {
    std::set<std::string> systems;
    for (const auto& [name, merchant] : routing->merchants)
        for (const auto& [id, connection] : merchant->merchant.connections) systems.insert(connection.system);
    router_->use(std::move(routing));
    const std::scoped_lock lock(mutex_);
    systems_ = std::move(systems);
}

// One look after each poll is enough, and one new beginning between two commits: where all share the files, that of a
// merchant stood there before the first record of it.
bool Process::files_changed() {
    if (!files_changed_) files_changed_ = !reread_ && loader_.has_changed();
    return *files_changed_;
}

void Process::reload() {
    if (std::shared_ptr<const Routing> routing = loader_.load_if_changed()) use(std::move(routing));
}

std::set<std::string> Process::systems() const {
    const std::scoped_lock lock(mutex_);
    return systems_;
}

Status Process::connect(std::stop_token stop, const std::function<Status()>& kafka_ready) {
    Result<std::unique_ptr<state::Database>> database = state::Database::open(options_.state_folder);
    if (!database) return within("opening the local store", database.error());
    database_ = *std::move(database);
    links_ = state::Store::create(*database_, events::router_state_topic("links"));
    ledgers_ = state::Store::create(*database_, events::router_state_topic("ledger"));
    router_ = std::make_unique<Router>(installation_, *links_, *ledgers_, metrics_);
    router_->watch_files([this] { return files_changed(); });
    reload();
    if (Status ready = kafka_ready(); !ready) return ready;

    // It joins its group meanwhile; nothing is taken over before the first poll.
    Result<std::unique_ptr<kafka::Consumer>> consumer =
        kafka::Consumer::create(installation_.kafka,
                                {.group = events::group_of("router"),
                                 .member_id = options_.pod,
                                 .topics = input_topics(),
                                 .session_timeout = installation_.runtime.session_timeout},
                                {.assigned =
                                     [this](const auto& partitions) {
                                         auto from = take_over(partitions);
                                         if (from) metrics_.rebalances.add();
                                         return from;
                                     },
                                 .revoked = [this](const auto& partitions) { give_up(partitions); },
                                 .lost = [this](const auto& partitions) { give_up(partitions); }});
    if (!consumer) return std::unexpected(consumer.error());
    consumer_ = *std::move(consumer);

    Result<std::unique_ptr<kafka::Transaction>> transaction = kafka::Transaction::create(
        installation_.kafka, {.transactional_id = options_.pod, .timeout = installation_.runtime.transaction_timeout});
    if (!transaction) return std::unexpected(transaction.error());
    transaction_ = *std::move(transaction);
    while (true) {  // a right to the transactional id may be given while we run
        Status ready = transaction_->init(kKafkaTimeout);
        if (ready || ready.error().kind != ErrorKind::kTransient) return ready;
        if (!pause(stop)) return cancelled();
    }
}

// Longer with each failure: what fails again and again shall not fill the log.
bool Process::pause(std::stop_token stop) {
    return clock_.sleep_for(backoff(failures_++, kRetryFirst, kRetryMax, random_chance()), stop);
}

// Between commits alone, for poll calls it and what a poll gave is committed before the next one.
Result<kafka::Offsets> Process::take_over(const kafka::Consumer::Partitions& partitions) {
    last_poll_ms_ = 0;  // restoring may take long, and is no stall
    // The committed offsets first, the changelogs up to their end afterwards: then the state holds at least what the
    // offsets say.
    Result<kafka::Offsets> from = consumer_->starts(partitions, kKafkaTimeout);
    if (!from) return from;
    for (state::Store* store : stores()) {
        if (Status opened = store->open(installation_.kafka, numbers_of(partitions), kRestoreTimeout); !opened)
            return within("restoring state", opened.error());
    }
    held_ = numbers_of(partitions);
    next_look_ = {};
    metrics_.partitions.set(static_cast<double>(held_.size()));
    log::info("partitions taken over", {{"partitions", static_cast<std::int64_t>(held_.size())}});
    assigned_ = !partitions.empty();
    return from;
}

void Process::give_up(const kafka::Consumer::Partitions& partitions) {
    for (const std::int32_t number : numbers_of(partitions)) {
        links_->close(number);
        ledgers_->close(number);
    }
    held_.clear();
    assigned_ = false;
    metrics_.partitions.set(0);
}

std::vector<state::Store*> Process::stores() const { return {links_.get(), ledgers_.get()}; }

void Process::drop_batch() {
    for (state::Store* store : stores()) store->rollback();
    router_->drop();
}

namespace {

// What a record became: from when it was written until that is committed.
void add_spans(const kafka::Record& record, std::span<const kafka::Record> made, std::vector<tracing::Span>& spans) {
    for (const kafka::Record& one : made) {
        std::string traceparent = events::traceparent_of(one);
        if (!tracing::wants(traceparent)) continue;
        spans.push_back({.traceparent = std::move(traceparent),
                         .name = "route " + record.topic.substr(record.topic.rfind('.') + 1),
                         .kind = tracing::Kind::kProducer,
                         .start_ms = record.timestamp_ms,
                         .attributes = {{"messaging.system", "kafka"},
                                        {"messaging.destination.name", one.topic},
                                        {"messaging.kafka.message.key", one.key}}});
    }
}

}  // namespace

Status Process::map(std::span<const kafka::Record> records, Batch& batch) {
    const std::int64_t now_ms = clock_.now_ms();
    for (const kafka::Record& record : records) {
        const std::size_t before = batch.out.size();
        if (Status done = router_->handle(record, now_ms, batch.out); !done) return done;
        if (tracing::is_on()) add_spans(record, std::span(batch.out).subspan(before), batch.spans);
        batch.end[{.topic = record.topic, .number = record.partition}] = record.offset + 1;
        if (batch.oldest_ms == 0 || record.timestamp_ms < batch.oldest_ms) batch.oldest_ms = record.timestamp_ms;
    }
    router_->finish(batch.out);
    return {};
}

// On a thread of its own while the next batch is mapped: touches only the transaction and what the stores have flushed.
Status Process::commit(const Batch& batch, const kafka::GroupMetadata& group, std::stop_token stop) {
    for (const kafka::Record& record : batch.out)
        if (Status sent = transaction_->send(record); !sent) return sent;
    runtime::crash_point("router.before_commit");
    const Result<kafka::Transaction::Committed> committed = transaction_->commit(batch.end, group, stop);
    if (!committed) return std::unexpected(committed.error());
    runtime::crash_point("router.after_commit");
    for (const state::Store* store : stores())
        if (Status stored = store->persist(*committed); !stored)
            return ambiguous(stored.error().message);  // Kafka has the batch: it must not be read again
    runtime::crash_point("router.after_store_commit");
    return {};
}

// What is committed is not read again, whatever happens to the next batch.
void Process::settle(const Batch& batch) {
    failures_ = 0;
    reread_ = false;
    for (state::Store* store : stores()) store->settle();
    for (const auto& [partition, offset] : batch.end) batch_start_[partition] = offset;
    for (tracing::Span span : batch.spans) {
        span.end_ms = clock_.now_ms();
        tracing::record(std::move(span));
    }
    metrics_.transactions.add();
    metrics_.transaction_seconds.observe(std::chrono::duration<double>(clock_.monotonic() - batch.started).count());
    metrics_.record_age.observe(static_cast<double>(std::max<std::int64_t>(0, clock_.now_ms() - batch.oldest_ms)) /
                                1000);
}

// Maps and commits batch by batch.  The next one is mapped, on top of what the one before wrote, while that is
// committed; it is sent only after that has succeeded.  So a failure drops both.
Status Process::route(std::span<const kafka::Record> records, std::stop_token stop) {
    Batch batch;
    std::future<Status> under_way;  // the commit of `batch`; its end is waited for
    while (!records.empty()) {
        const auto part = records.first(std::min(options_.batch_max, records.size()));
        records = records.subspan(part.size());
        Batch next{.started = clock_.monotonic()};
        Status mapped = map(part, next);
        if (under_way.valid()) {
            if (Status done = under_way.get(); !done) return done;
            settle(batch);
        }
        if (!mapped) return mapped;
        for (state::Store* store : stores()) store->flush(next.out);
        batch = std::move(next);
        std::shared_ptr<const kafka::GroupMetadata> group = consumer_->group_metadata();
        const auto commit_it = [this, &batch, group, stop] { return commit(batch, *group, stop); };
        if (!records.empty()) {
            under_way = std::async(std::launch::async, commit_it);
            continue;
        }
        if (Status done = commit_it(); !done) return done;
        settle(batch);
    }
    return {};
}

// Nothing since the last success was committed, or nobody knows: go back to what is certain.
Status Process::recover(const Error& error) {
    metrics_.aborted.add();
    log::warning("a transaction is done again", {{"error", error}, {"kind", name_of(error.kind)}});
    drop_batch();
    if (error.kind == ErrorKind::kTransient || error.kind == ErrorKind::kCancelled) {
        if (transaction_->abort()) return consumer_->seek(batch_start_);
    }
    if (Status ready = transaction_->init(kKafkaTimeout); !ready) return ready;
    const kafka::Consumer::Partitions partitions = consumer_->assignment();
    give_up(partitions);
    Result<kafka::Offsets> from = take_over(partitions);
    if (!from) return std::unexpected(from.error());
    return consumer_->seek(*from);
}

Status Process::step(std::stop_token stop) {
    Result<std::vector<kafka::Record>> records =
        consumer_->poll(kBatchesPerPoll * options_.batch_max, kPollWait, gather_);
    last_poll_ms_ = clock_.now_ms();
    if (!records) return records.error().kind == ErrorKind::kTransient ? Status{} : std::unexpected(records.error());
    if (records->empty()) return {};
    files_changed_.reset();
    runtime::crash_point("router.after_read");
    // All of them first: whatever fails, every partition that was read goes back to where it is not committed.
    batch_start_.clear();
    for (const kafka::Record& record : *records)
        batch_start_.try_emplace({.topic = record.topic, .number = record.partition}, record.offset);
    const Status done = route(*records, stop);
    return done ? done : start_over(done.error(), stop);
}

Status Process::start_over(Error error, std::stop_token stop) {
    reload();  // a record of a merchant whose file is new fails for it, once
    reread_ = files_changed_.value_or(false);
    while (true) {
        Status recovered = recover(error);
        const bool running = pause(stop);
        if (recovered || recovered.error().kind != ErrorKind::kTransient || !running) return recovered;
        // Halfway: the transactional id or a committed offset was not to be had.  All of it anew.
        error = Error{.kind = ErrorKind::kRejected, .message = std::move(recovered).error().message};
        last_poll_ms_ = clock_.now_ms();
    }
}

Status Process::run(std::stop_token stop, const std::function<Status()>& kafka_ready) {
    if (Status connected = connect(stop, kafka_ready); !connected) return connected;
    while (!stop.stop_requested()) {
        if (clock_.monotonic() >= next_reload_) {
            next_reload_ = clock_.monotonic() + kReloadInterval;
            reload();
            metrics_.lag.set(static_cast<double>(consumer_->lag()));
            metrics_.gone.add(static_cast<double>(consumer_->gone()) - metrics_.gone.value());
        }
        questions_.answer();
        look_around();
        if (Status done = step(stop); !done) return done;
    }
    assigned_ = false;
    return consumer_->close(kKafkaTimeout);
}

// Counts what waits for people.
void Process::look_around() {
    if (held_.empty() || clock_.monotonic() < next_look_) return;
    next_look_ = clock_.monotonic() + kLookInterval;
    const auto waiting = waiting_orders(*links_, held_, 0);
    const auto overdue = overdue_reservations(*ledgers_, router_->routing(), held_, clock_.now_ms(), 0);
    if (waiting) metrics_.waiting.set(static_cast<double>(waiting->count));
    const auto refused = refused_products(*links_, held_, 0);
    if (refused) metrics_.refused.set(static_cast<double>(refused->count));
    if (overdue) metrics_.overdue.set(static_cast<double>(overdue->count));
}

std::optional<std::string> Process::show(const std::function<Result<std::string>()>& look) {
    Result<std::string> text;
    if (!questions_.ask([&] { text = look(); }, kAnswerMax) || !text) return std::nullopt;
    return *std::move(text);
}

std::optional<std::string> Process::show_waiting() {
    return show([this]() -> Result<std::string> {
        const auto found = waiting_orders(*links_, held_, kShownMax);
        if (!found) return std::unexpected(found.error());
        return text_of(*found);
    });
}

std::optional<std::string> Process::show_overdue() {
    return show([this]() -> Result<std::string> {
        const auto found = overdue_reservations(*ledgers_, router_->routing(), held_, clock_.now_ms(), kShownMax);
        if (!found) return std::unexpected(found.error());
        return text_of(*found);
    });
}

std::optional<std::string> Process::show_refused() {
    return show([this]() -> Result<std::string> {
        const auto found = refused_products(*links_, held_, kShownMax);
        if (!found) return std::unexpected(found.error());
        return text_of(*found);
    });
}

std::optional<std::string> Process::show_routing() {
    return show([this]() -> Result<std::string> { return text_of(router_->routing()); });
}

admin::Health Process::health() const {
    const std::int64_t last = last_poll_ms_;
    const bool stalled = last != 0 && clock_.now_ms() - last > installation_.runtime.stall_timeout.count();
    admin::Health health{.live = !stalled, .ready = assigned_ && !stalled};
    if (!assigned_) health.waiting_for.emplace_back("partitions");
    if (stalled) health.waiting_for.emplace_back("a poll that returns");
    return health;
}

}  // namespace shopwire::router
