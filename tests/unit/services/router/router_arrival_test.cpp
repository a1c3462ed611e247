// Goal: an order that was edited, refunded in part and cancelled ends at the target as the shop shows it, whichever of
// its states and its refund comes first.  Method: every order of arrival, with a target that answers at once, late, or
// at the end.
#include <algorithm>
#include <numeric>

#include "tests/unit/services/router/erp_double.h"

namespace shopwire::router {
namespace {

enum class Answers : std::uint8_t { kAtOnce, kOneLate, kAtTheEnd };

class Arrival : public OrdersTest {
 public:
    Arrival(const std::string& type, Answers answers, bool cancelled) : answers_(answers), cancelled_(cancelled) {
        route("document_type: " + type);
        adjusts_ = type == "reservation";
        history_ = {state(1, 3, "processing"), state(2, 4, "processing"), state(3, 4, "processing")};
        history_[2].mutable_order()->add_refunds()->set_native_id("70");
        Event last = history_[2];
        history_.push_back(refund_of(history_[2]));
        if (!cancelled) return;
        last.mutable_order()->set_status("cancelled");
        last.mutable_source()->set_modified_at_ms(at(4));
        last.mutable_source()->set_observed_at_ms(at(4) + 10);
        history_.push_back(std::move(last));
    }
    void TestBody() override {}
    std::size_t events() const { return history_.size(); }

    void arrive(const std::vector<std::size_t>& order) {
        read();
        for (const std::size_t index : order) {
            feed(Event(history_[index]));
            collect();
            if (answers_ == Answers::kAtOnce) work();
            if (answers_ == Answers::kOneLate) deliver_and_work();
        }
        for (int left = 100; !erp_.is_idle() || !results_.empty(); --left) {
            ASSERT_GT(left, 0) << "it never comes to rest";
            work();
        }
        now_ms_ += 5'000;
        read();
        compare_ends();
    }

 private:
    static void set_pieces(events::v1::OrderLine& line, std::int64_t pieces) {
        *line.mutable_quantity() = events::to_proto(Decimal::from_integer(pieces));
        *line.mutable_total() = events::to_proto(Decimal::from_integer(pieces * 10));
        *line.mutable_subtotal() = line.total();
    }
    Event state(int step, std::int64_t pieces, const std::string& status) {
        Event event = order("1", status, at(step));
        event.mutable_order()->clear_lines();
        for (const char* sku : {"A", "B"}) {
            events::v1::OrderLine& line = *event.mutable_order()->add_lines();
            line.set_native_id(sku);
            line.set_sku(sku);
            set_pieces(line, *sku == 'A' ? pieces : 2);
        }
        *event.mutable_order()->mutable_total() = events::to_proto(Decimal::from_integer((pieces + 2) * 10));
        return event;
    }
    Event refund_of(const Event& state) {
        Event event = state;
        event.mutable_source()->set_read_started_at_ms(at(3) + 20);
        event.mutable_source()->set_observed_at_ms(at(3) + 30);
        const events::v1::Order as_read = event.order();
        events::v1::Refund& refund = *event.mutable_refund();
        refund.set_native_id("70");
        refund.set_order_native_id("1");
        refund.set_restocked(true);
        refund.set_created_at_ms(at(3));
        *refund.mutable_amount() = events::to_proto(Decimal::from_integer(10));
        events::v1::RefundLine& back = *refund.add_lines();
        back.set_order_line_native_id("A");
        back.set_sku("A");
        *back.mutable_quantity() = events::to_proto(Decimal::from_integer(1));
        *back.mutable_total() = refund.amount();
        *refund.mutable_order() = as_read;
        return event;
    }

    void collect() {
        for (Command& command : take()) {
            if (command.has_refresh()) {
                Event event = history_[cancelled_ ? 4 : 2];
                event.mutable_source()->set_read_started_at_ms(++now_ms_);
                event.mutable_source()->set_observed_at_ms(now_ms_);
                event.mutable_source()->clear_content_hash();
                reread_.push_back(std::move(event));
            } else if (command.has_set_stock()) {
                shown_[command.set_stock().sku()] =
                    events::from_proto(command.set_stock().quantity()).micros() / Decimal::kOne;
            } else if (command.connection() == "erp") {
                if (command.has_export_order()) ++made_;
                erp_.take(std::move(command));
            }
        }
    }
    void work() {
        do_work();
        deliver();
    }
    void deliver_and_work() {  // what was done is told only after the next event
        deliver();
        do_work();
    }
    void do_work() {
        while (!erp_.is_idle()) {
            for (auto& [command, outcome] : erp_.work(true)) {
                CommandResult result = result_of(command, outcome);
                result.set_finished_at_ms(now_ms_);
                if (command.has_export_order()) {
                    result.mutable_document()->set_native_id(command.export_order().external_number());
                    result.mutable_document()->set_number("N");
                }
                results_.push_back(std::move(result));
            }
        }
    }
    void deliver() {
        for (Event& event : std::exchange(reread_, {})) feed(std::move(event));
        for (const CommandResult& result : std::exchange(results_, {})) feed(result);
        collect();
    }
    void read() {
        for (const char* sku : {"A", "B"}) {
            Event event = stock(kArrived - erp_.taken(sku), now_ms_);
            event.mutable_stock()->set_sku(sku);
            feed(std::move(event));
        }
        collect();
    }

    void compare_ends() {
        const auto document = erp_.documents.find("WC-101");
        const bool alive = document != erp_.documents.end() && !document->second.cancelled;
        EXPECT_EQ(alive, !cancelled_);
        EXPECT_LE(erp_.documents.size(), 1U);
        EXPECT_LE(made_, 1);
        if (alive) {
            EXPECT_EQ(document->second.pieces, (Pieces{{"A", adjusts_ ? 3 : 4}, {"B", 2}}));
            EXPECT_EQ(erp_.returned("WC-101", "A"), adjusts_ ? 0 : 1);
        }
        EXPECT_EQ(erp_.taken("A"), cancelled_ ? 0 : 3);
        EXPECT_EQ(erp_.taken("B"), cancelled_ ? 0 : 2);
        EXPECT_EQ(shown_["A"], kArrived - erp_.taken("A")) << "the shop shows what the target has free";
        EXPECT_EQ(shown_["B"], kArrived - erp_.taken("B"));
        EXPECT_EQ(waiting().count, 0U);
        EXPECT_TRUE(dead_letters_.empty());
    }

    static constexpr std::int64_t kArrived = 40;
    const Answers answers_;
    const bool cancelled_;
    bool adjusts_ = false;
    std::vector<Event> history_{};
    std::mt19937 random_{1};
    Erp erp_{random_};
    std::vector<Event> reread_{};
    std::vector<CommandResult> results_{};
    std::map<std::string, std::int64_t> shown_{};
    int made_ = 0;
};

TEST(RouterArrival, EveryOrderOfArrivalEndsAlike) {
    int runs = 0;
    for (const char* type : {"reservation", "invoice"})
        for (const Answers answers : {Answers::kAtOnce, Answers::kOneLate, Answers::kAtTheEnd})
            for (const bool cancelled : {true, false}) {
                std::vector<std::size_t> order(Arrival(type, answers, cancelled).events());
                std::iota(order.begin(), order.end(), 0U);
                do {
                    std::string trace = std::string(type) + (cancelled ? " cancelled" : "") + " answers " +
                                        std::to_string(static_cast<int>(answers)) + ":";
                    for (const std::size_t index : order) trace += " " + std::to_string(index);
                    SCOPED_TRACE(trace);
                    Arrival(type, answers, cancelled).arrive(order);
                    ++runs;
                    if (::testing::Test::HasFailure()) return;
                } while (std::ranges::next_permutation(order).found);
            }
    EXPECT_EQ(runs, 2 * 3 * (120 + 24));
}

}  // namespace
}  // namespace shopwire::router
