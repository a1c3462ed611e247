// Goal: whatever fails in whatever order, each create takes effect exactly once and each stock ends at its newest
// number. Method: random commands, answers, crashes and failed commits against a remote that knows no idempotency but
// answers lookups truthfully; slots that are withdrawn, come back, go to another owner or are lost to one; calls that
// miss their deadline; then quiet, until nothing is left to do.
#include <random>

#include "tests/unit/common/runtime/sink_bench.h"

namespace shopwire::runtime {
namespace {

class SinkModel : public SinkBench {
 public:
    explicit SinkModel(std::uint32_t seed) : random_(seed) {}

    void run(int steps) {
        for (int i = 0; i < steps; ++i) step();
        for (int i = 0; i < 3'000 && (committed_ < log_.size() || parked_.size() > 0); ++i) {
            core_->heal_connection(kShop);
            pass(5s);
            while (!calls_.empty()) carry_out(true);
        }
        turn();
    }

    void check() {
        EXPECT_EQ(committed_, log_.size());
        EXPECT_EQ(parked_.size(), 0U);
        for (const auto& [key, sequence] : orders_) EXPECT_EQ(creates_[key], 1) << key;
        for (const auto& [key, sequence] : stocks_) EXPECT_EQ(shown_[key], sequence) << key;
        // A discarded command may be answered again after a crash; an applied one never.
        std::map<std::string, int> finals;
        std::map<std::string, int> applied;
        for (const CommandResult& result : results_) {
            if (result.outcome() != commands::v1::OUTCOME_PARKED) ++finals[result.command_id()];
            if (result.outcome() == commands::v1::OUTCOME_APPLIED) ++applied[result.command_id()];
        }
        for (const kafka::Record& record : log_) {
            const Result<events::Command> command = events::parse_command(record);
            EXPECT_GE(finals[command->id()], 1) << command->id();
            EXPECT_LE(applied[command->id()], 1) << command->id();
        }
    }

 private:
    int roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }

    void step() {
        switch (roll(16)) {
            case 0:
            case 1: {
                const std::string key = "o" + std::to_string(roll(4));
                send(order(key, ++orders_[key]));
                break;
            }
            case 2:
            case 3: {
                const std::string key = "s" + std::to_string(roll(4));
                send(stock(key, ++stocks_[key]));
                break;
            }
            case 4: crash(); break;
            case 5:
                core_->schedule();
                fail_commit();
                break;
            case 6: core_->heal_connection(kShop); break;
            case 7: pass(std::chrono::seconds(roll(40))); break;
            case 8: {  // sometimes past the deadline of what is prepared
                clock_.advance(std::chrono::seconds(roll(5)));
                take_calls();
                break;
            }
            case 9: miss_deadline(); break;
            case 10: give_up_slot(); break;
            case 11: lose_slot(); break;
            default:
                turn();
                if (!calls_.empty()) carry_out(false);
                break;
        }
    }

    // Some of what was under way has landed.
    void crash() {
        for (const SinkCore::Call& call : calls_) {
            if (!call.lookup && roll(2) == 0) land(call);
        }
        clock_.advance(1s);
        restart();
    }

    void miss_deadline() {
        if (calls_.empty()) return;
        core_->complete({.id = calls_.front().id, .not_sent = true});
        calls_.erase(calls_.begin());
    }

    // A rebalance: the last commit goes well or not; the slot comes straight back, or another owner goes on.
    void give_up_slot() {
        core_->withdraw(0);
        if (roll(3) == 0) {
            fail_commit();
        } else {
            commit();
            while (!calls_.empty() && roll(3) > 0) carry_out(false);  // waited for
            core_->withdraw(0);
            commit();
        }
        if (roll(2) == 0) return crash();
        reopen(false);
    }

    // It comes back after another owner had it, who may have sent what is open.  Our own calls end afterwards.
    void lose_slot() {
        effects_.rollback();
        parked_.rollback();
        static_cast<void>(core_->take_writes());
        core_->close_slot(0);
        if (roll(2) == 0) other_owner();
        reopen(true);
    }

    void reopen(bool closed) {
        if (!closed) core_->close_slot(0);
        clock_.advance(1s);
        core_->open_slot(0);
        core_->forget_closed_slots();
        read_ = committed_;
        feed();
    }

    // Sends the first order that is open and nowhere under way, having looked for it, and dies before its answer.
    void other_owner() {
        for (std::size_t at = committed_; at < log_.size(); ++at) {
            const Result<events::Command> command = events::parse_command(log_[at]);
            const auto entry = journal(command->key(), "document");
            if (!command->has_export_order() || creates_[command->key()] > 0) continue;
            if (entry && (entry->state() == internal::v1::EFFECT_STATE_REJECTED || !entry->native_id().empty() ||
                          entry->sequence() > command->sequence()))
                continue;
            const auto same_key = [&](const auto& call) { return call.commands.front().key() == command->key(); };
            if (std::ranges::any_of(calls_, same_key) || is_parked(command->key())) continue;
            Effect sending = journal_entry(entry, *command, internal::v1::EFFECT_STATE_SENDING, clock_.now_ms());
            effects_.put(0, events::join_key({"m", "shop", command->key(), "document"}), sending.SerializeAsString());
            effects_.commit();
            ++creates_[command->key()];
            return;
        }
    }

    bool is_parked(const std::string& key) const {
        bool found = false;
        EXPECT_TRUE(parked_.scan(0, events::join_key({"m", "shop", key}) + "/", [&found](auto, auto) {
            found = true;
            return false;
        }));
        return found;
    }

    void land(const SinkCore::Call& call) {
        for (const events::Command& command : call.commands) {
            if (command.has_export_order()) {
                if (command.native_id().empty()) ++creates_[command.key()];
            } else {
                shown_[command.key()] = command.sequence();
            }
        }
    }

    void carry_out(bool well) {
        const SinkCore::Call call = calls_.front();
        if (call.lookup) {
            if (!well && roll(4) == 0) {
                answer(failure(ErrorKind::kTransient));
                return;
            }
            const std::string& key = call.commands.front().key();
            answer(creates_[key] > 0 ? ok("N-" + key) : nothing());
            return;
        }
        const int fate = well ? 0 : roll(8);
        if (fate <= 4) land(call);
        if (fate <= 2) {
            calls_.erase(calls_.begin());
            std::vector<Answer> answers;
            answers.reserve(call.commands.size());
            for (const events::Command& command : call.commands) answers.push_back(ok("N-" + command.key()));
            core_->complete({.id = call.id, .answers = std::move(answers)});
        } else if (fate <= 5) {
            answer(failure(ErrorKind::kAmbiguous));
        } else {
            answer(failure(fate == 6 ? ErrorKind::kTransient : ErrorKind::kAuth));
        }
    }

    std::mt19937 random_;
    std::map<std::string, std::uint64_t> orders_{};
    std::map<std::string, std::uint64_t> stocks_{};
    std::map<std::string, int> creates_{};
    std::map<std::string, std::uint64_t> shown_{};
};

TEST(SinkCoreModel, CreatesOnceAndEndsAtTheNewestStateUnderRandomFaults) {
    const auto first = static_cast<std::uint32_t>(std::random_device{}());
    for (std::uint32_t i = 0; i < 60; ++i) {
        const std::uint32_t seed = i < 30 ? i : first + i;
        SCOPED_TRACE("seed " + std::to_string(seed));
        SinkModel model(seed);
        model.run(150);
        model.check();
        if (::testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace shopwire::runtime
