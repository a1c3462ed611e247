// A SinkCore with everything around it played by the test: log, transaction, remote system, clock.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/events/topics.h"
#include "common/runtime/sink_core.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_store.h"

namespace shopwire::runtime {

using namespace std::chrono_literals;
using commands::v1::CommandResult;
using commands::v1::Outcome;

inline Applied applied_result(Outcome outcome = commands::v1::OUTCOME_APPLIED, const std::string& native_id = "") {
    Applied applied;
    applied.result.set_outcome(outcome);
    applied.result.set_native_id(native_id);
    return applied;
}

inline Answer ok(const std::string& native_id = "") {
    return std::optional<Applied>(applied_result(commands::v1::OUTCOME_APPLIED, native_id));
}
inline Answer nothing() { return std::optional<Applied>(); }
inline Answer failure(ErrorKind kind) { return std::unexpected(Error{.kind = kind, .message = "testing"}); }

class SinkBench {
 public:
    static constexpr const char* kSystem = "acme";
    static constexpr const char* kShop = "m/shop";

    SinkBench() {
        open_stores();
        restart();
    }

    static std::vector<ActionRule> rules() {
        return {
            {.action = events::Command::kExportOrder,
             .write = ActionRule::Write::kCreate,
             .on_reject = ActionRule::OnReject::kPark},
            {.action = events::Command::kSetStock, .batch_max = 3},
            {.action = events::Command::kSetPrice, .batch_max = 3},
            {.action = events::Command::kAddOrderNote, .on_reject = ActionRule::OnReject::kPark},
        };
    }
    static config::RuntimeSettings times() {
        return {.backoff_first = 1s,
                .backoff_max = 60s,
                .attempts_max = 3,
                .write_settle = 120s,
                .lookup_delay = 5s,
                .lookup_attempts = 2};
    }

    // A new process on the same state and log: whatever was not committed is gone.
    void restart(std::size_t items_per_connection_max = 5'000) {
        effects_.rollback();
        parked_.rollback();
        config::RuntimeSettings runtime = times();
        runtime.calls_max = calls_max_;
        core_ = std::make_unique<SinkCore>(SinkCore::Options{.system = kSystem,
                                                             .rules = rules_,
                                                             .runtime = runtime,
                                                             .items_per_connection_max = items_per_connection_max},
                                           effects_, parked_, clock_, metrics_);
        core_->configure(kShop, 2);
        calls_.clear();
        core_->open_slot(0);
        read_ = committed_;
        feed();
    }

    events::Command order(const std::string& key, std::uint64_t sequence) {
        events::Command command = base(key, "document", sequence);
        command.mutable_export_order()->set_external_number("WC-" + key);
        return command;
    }
    events::Command stock(const std::string& key, std::uint64_t sequence, int quantity = 1,
                          const std::string& connection = "shop") {
        events::Command command = base(key, "stock", sequence);
        command.set_connection(connection);
        command.mutable_set_stock()->set_sku(key);
        command.mutable_set_stock()->mutable_quantity()->set_micros(quantity * Decimal::kOne);
        return command;
    }
    events::Command note(const std::string& key, std::uint64_t sequence) {
        events::Command command = base(key, "note", sequence);
        command.mutable_add_order_note()->set_text("t");
        return command;
    }
    events::Command base(const std::string& key, const std::string& group, std::uint64_t sequence) {
        events::Command command;
        command.set_id("id-" + key + "-" + std::to_string(sequence));
        command.set_merchant("m");
        command.set_connection("shop");
        command.set_key(key);
        command.set_field_group(group);
        command.set_sequence(sequence);
        command.set_cause_key("cause");
        command.set_cause_connection("erp");
        return command;
    }

    // Appends to the log; the core reads what it has not.
    void send(const events::Command& command) {
        append(command);
        feed();
    }
    void append(const events::Command& command) {
        kafka::Record record = events::to_record(command, kSystem, 0, clock_.now_ms(),
                                                 "00-11111111111111111111111111111111-2222222222222222-01");
        append_raw(std::move(record));
    }
    void append_raw(kafka::Record record) {
        record.topic = topic();
        record.partition = 0;
        record.offset = static_cast<std::int64_t>(log_.size());
        log_.push_back(std::move(record));
    }
    static std::string topic() { return events::command_topic(kSystem, events::Lane::kGoods); }
    void feed() {
        for (; read_ < log_.size(); ++read_) core_->read(log_[read_]);
    }

    // One turn: start what is due, commit, collect calls.
    void turn() {
        core_->schedule();
        commit();
    }
    void commit() {
        const SinkCore::Writes writes = core_->take_writes();
        effects_.commit();
        parked_.commit();
        for (const kafka::Record& record : writes.records) keep(record);
        for (const auto& [partition, offset] : writes.done) done_.insert(static_cast<std::size_t>(offset));
        while (done_.contains(committed_)) ++committed_;
        core_->committed(clock_.monotonic());
        take_calls();
    }
    void fail_commit() {
        static_cast<void>(core_->take_writes());
        effects_.rollback();
        parked_.rollback();
        core_->reset();
        read_ = committed_;
        feed();
    }
    void take_calls() {
        for (SinkCore::Call& call : core_->take_calls()) calls_.push_back(std::move(call));
    }
    // The oldest call that waits for an answer.  Every command gets the same one.
    SinkCore::Call answer(const Answer& answer) {
        EXPECT_FALSE(calls_.empty());
        if (calls_.empty()) return {};
        SinkCore::Call call = std::move(calls_.front());
        calls_.erase(calls_.begin());
        core_->complete({.id = call.id, .answers = std::vector<Answer>(call.commands.size(), answer)});
        return call;
    }
    void pass(Clock::Duration time) {
        clock_.advance(time);
        turn();
    }

    void keep(const kafka::Record& record) {
        if (record.topic == events::dead_letter_topic()) {
            internal::v1::DeadLetter letter;
            EXPECT_TRUE(letter.ParseFromString(record.value.value_or("")));
            dead_letters_.push_back(std::move(letter));
            return;
        }
        if (record.topic != events::result_topic()) {
            others_.push_back(record);
            return;
        }
        const Result<CommandResult> result = events::parse_result(record);
        ASSERT_TRUE(result) << result.error().message;
        results_.push_back(*result);
    }
    std::vector<std::string> outcomes() const {
        std::vector<std::string> list;
        list.reserve(results_.size());
        for (const CommandResult& result : results_) {
            list.push_back(result.key() + ":" + std::to_string(result.sequence()) + " " +
                           commands::v1::Outcome_Name(result.outcome()).substr(8));
        }
        return list;
    }
    std::optional<Effect> journal(const std::string& key, const std::string& group) const {
        const auto text = effects_.get(0, events::join_key({"m", "shop", key, group}));
        Effect effect;
        if (!text || !*text || !effect.ParseFromString(**text)) return std::nullopt;
        return effect;
    }
    std::vector<std::string> keys_of_calls() const {
        std::vector<std::string> keys;
        for (const SinkCore::Call& call : calls_) {
            std::string text = call.lookup ? "find" : "apply";
            for (const events::Command& command : call.commands)
                text += " " + command.key() + ":" + std::to_string(command.sequence());
            keys.push_back(text);
        }
        return keys;
    }
    void open_stores() {
        for (testing::MemoryStore* store : {&effects_, &parked_}) static_cast<void>(store->open({}, {0}, 1s));
    }

 protected:
    testing::FakeClock clock_{};
    testing::MemoryStore effects_{};
    testing::MemoryStore parked_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    RuntimeMetrics metrics_{*registry_, kSystem, rules()};
    std::vector<ActionRule> rules_ = rules();
    int calls_max_ = 64;
    std::unique_ptr<SinkCore> core_{};
    std::vector<kafka::Record> log_{};
    std::size_t read_ = 0;
    std::size_t committed_ = 0;
    std::set<std::size_t> done_{};
    std::vector<SinkCore::Call> calls_{};
    std::vector<CommandResult> results_{};
    std::vector<internal::v1::DeadLetter> dead_letters_{};
    std::vector<kafka::Record> others_{};
};

class SinkCoreTest : public ::testing::Test, protected SinkBench {};

}  // namespace shopwire::runtime
