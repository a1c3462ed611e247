// Orders that are edited, refunded and cancelled, in any order of arrival and with a target that refuses at random.
#include <random>

#include "services/router/versions.h"
#include "tests/unit/services/router/erp_double.h"

namespace shopwire::router {
namespace {

class World : public OrdersTest {
 public:
    World(unsigned seed, bool adjusts) : random_(seed), adjusts_(adjusts) {}

    void TestBody() override {
        set_program(true);
        read();
        for (int step = 0; step < 120 && !HasFatalFailure(); ++step) {
            now_ms_ += 1 + static_cast<std::int64_t>(random_() % 3);
            act(random_() % 10);
        }
        int left = 5'000;
        while (!HasFatalFailure() && (!works_ || !told_.empty() || !results_.empty() || !erp_.is_idle())) {
            ASSERT_GT(left--, 0) << "it never comes to rest";
            now_ms_ += 10;
            deliver_event();
            deliver_result();
            work(true);
            if (!works_ && random_() % 20 == 0) mend();
        }
        if (!HasFatalFailure()) compare_ends();
    }

 private:
    struct ShopOrder {
        Event state{};  // as the shop shows it
        Pieces refunded{};
        int refunds = 0;
        bool over = false;  // nothing more happens to it
        internal::v1::SeenVersion seen{};  // of what the router knows
        Event known{};
        Pieces known_refunded{};
    };

    void act(std::uint_fast32_t what) {
        switch (what) {
            case 0: place(); break;
            case 1: edit(); break;
            case 2: refund_some(); break;
            case 3: finish(); break;
            case 4:
            case 5: deliver_event(); break;
            case 6: deliver_result(); break;
            case 7: work(false); break;
            case 8: read(); break;
            case 9:
                if (random_() % 3 == 0) works_ ? set_program(false) : mend();
                break;
        }
    }

    // Of the route: it lets all leave, or nothing.
    void set_program(bool works) {
        works_ = works;
        route(std::string(adjusts_ ? "document_type: reservation" : "document_type: invoice") +
              (works ? ", jq: '.'" : ", jq: 'error(\"broken\")'"));
    }
    // A person mends it, and has the orders read again.
    void mend() {
        set_program(true);
        for (auto& [id, order] : orders_) {
            Event event = order.state;
            event.mutable_source()->set_read_started_at_ms(++now_ms_);
            event.mutable_source()->set_observed_at_ms(now_ms_);
            events::set_content_hash(event);
            told_.push_back(std::move(event));
        }
    }

    void place() {
        if (orders_.size() >= 3) return;
        const std::string id = std::to_string(orders_.size() + 1);
        ShopOrder& order = orders_[id];
        order.state = OrdersTest::order(id, "processing", now_ms_);
        order.state.mutable_order()->clear_lines();
        for (const char* sku : {"A", "B"}) {
            events::v1::OrderLine& line = *order.state.mutable_order()->add_lines();
            line.set_native_id(sku);
            line.set_sku(sku);
            set_pieces(line, 1 + static_cast<std::int64_t>(random_() % 4));
        }
        tell(order);
    }
    static void set_pieces(events::v1::OrderLine& line, std::int64_t pieces) {
        *line.mutable_quantity() = events::to_proto(Decimal::from_integer(pieces));
        *line.mutable_total() = events::to_proto(Decimal::from_integer(pieces * 10));
        *line.mutable_subtotal() = line.total();
    }
    // As a webhook, or as a read of ours.
    void tell(ShopOrder& order) {
        Event event = order.state;
        event.mutable_source()->set_observed_at_ms(now_ms_);
        if (random_() % 2 == 0) event.mutable_source()->set_read_started_at_ms(now_ms_);
        events::set_content_hash(event);
        told_.push_back(std::move(event));
    }
    ShopOrder* any_open() {
        std::vector<ShopOrder*> open;
        for (auto& [id, order] : orders_)
            if (!order.over) open.push_back(&order);
        return open.empty() ? nullptr : open[random_() % open.size()];
    }
    void edit() {
        ShopOrder* order = any_open();
        if (order == nullptr) return;
        auto& lines = *order->state.mutable_order()->mutable_lines();
        events::v1::OrderLine& line = lines[static_cast<int>(random_() % 2)];
        // Never fewer than were refunded, and never nothing at all.
        set_pieces(line, of(order->refunded, line.sku()) + 1 + static_cast<std::int64_t>(random_() % 4));
        order->state.mutable_source()->set_modified_at_ms(now_ms_);
        tell(*order);
    }
    void refund_some() {
        ShopOrder* order = any_open();
        if (order == nullptr) return;
        events::v1::OrderLine& line = *order->state.mutable_order()->mutable_lines(static_cast<int>(random_() % 2));
        const std::int64_t left = of(pieces_in(order->state.order()), line.sku()) - of(order->refunded, line.sku());
        if (left < 2) return;
        order->refunded[line.sku()] += 1;
        const std::string id = order->state.order().native_id() + std::to_string(++order->refunds);
        order->state.mutable_order()->add_refunds()->set_native_id(id);
        if (random_() % 2 == 0) order->state.mutable_source()->set_modified_at_ms(now_ms_);
        tell(*order);
        Event event = order->state;
        event.mutable_source()->set_read_started_at_ms(now_ms_);
        event.mutable_source()->set_observed_at_ms(now_ms_);
        events::v1::Order as_read = event.order();
        events::v1::Refund& refund = *event.mutable_refund();
        refund.set_native_id(id);
        refund.set_order_native_id(as_read.native_id());
        refund.set_restocked(true);
        *refund.mutable_amount() = events::to_proto(Decimal::from_integer(10));
        events::v1::RefundLine& back = *refund.add_lines();
        back.set_order_line_native_id(line.native_id());
        back.set_sku(line.sku());
        *back.mutable_quantity() = events::to_proto(Decimal::from_integer(1));
        *back.mutable_total() = refund.amount();
        if (random_() % 4 != 0) *refund.mutable_order() = std::move(as_read);
        events::set_content_hash(event);
        told_.push_back(std::move(event));
    }
    void finish() {
        ShopOrder* order = any_open();
        if (order == nullptr || random_() % 3 != 0) return;
        order->over = true;
        order->state.mutable_order()->set_status("cancelled");
        order->state.mutable_source()->set_modified_at_ms(now_ms_);
        tell(*order);
    }

    void deliver_event() {
        if (told_.empty()) return;
        const std::size_t index = random_() % told_.size();
        Event event = std::move(told_[index]);
        told_.erase(told_.begin() + static_cast<std::ptrdiff_t>(index));
        const std::string id = event.has_order() ? event.order().native_id() : event.refund().order_native_id();
        ShopOrder& order = orders_.at(id);
        if (event.has_order() && compare(event.source(), order.seen) == Newer::kNewer) {
            remember(event.source(), order.seen);
            order.known = event;
        }
        if (event.has_refund())
            for (const events::v1::RefundLine& line : event.refund().lines()) order.known_refunded[line.sku()] += 1;
        feed(std::move(event));
        collect();
    }
    void deliver_result() {
        if (results_.empty()) return;
        const CommandResult result = std::move(results_.front());
        results_.pop_front();
        feed(result);
        collect();
    }
    void work(bool calm) {
        for (auto& [command, outcome] : erp_.work(calm)) {
            CommandResult result = result_of(command, outcome);
            result.set_finished_at_ms(now_ms_);
            result.set_error(outcome == commands::v1::OUTCOME_PARKED ? "no" : "");
            if (command.has_export_order() && outcome == commands::v1::OUTCOME_APPLIED) {
                result.mutable_document()->set_native_id(command.export_order().external_number());
                result.mutable_document()->set_number("N");
            }
            results_.push_back(std::move(result));
        }
    }
    void read() {
        for (const char* sku : {"A", "B"}) {
            Event event = stock(kArrived - erp_.taken(sku), now_ms_);
            event.mutable_stock()->set_sku(sku);
            feed(std::move(event));
        }
        collect();
    }
    // What the router asked for.
    void collect() {
        for (Command& command : OrdersTest::take()) {
            if (command.has_refresh()) {
                ShopOrder& order = orders_.at(command.refresh().native_id());
                Event event = order.state;
                event.mutable_source()->set_read_started_at_ms(++now_ms_);
                event.mutable_source()->set_observed_at_ms(now_ms_);
                events::set_content_hash(event);
                told_.push_back(std::move(event));
            } else if (command.has_set_stock()) {
                check(command.set_stock());
            } else if (command.connection() == "erp") {
                erp_.take(std::move(command));
            }
        }
    }
    // No published number holds a piece that an order known to us takes.
    void check(const commands::v1::SetStock& set) {
        std::int64_t really = kArrived;
        for (const auto& [id, order] : orders_) {
            if (!order.known.has_order() || order.known.order().status() == "cancelled") continue;
            const std::int64_t back =
                adjusts_ ? of(order.known_refunded, set.sku()) : erp_.returned("WC-10" + id, set.sku());
            really -= std::max<std::int64_t>(0, of(pieces_in(order.known.order()), set.sku()) - back);
        }
        ASSERT_LE(events::from_proto(set.quantity()), Decimal::from_integer(std::max<std::int64_t>(0, really)))
            << set.sku();
    }

    void compare_ends() {
        for (const auto& [id, order] : orders_) {
            const std::string number = "WC-10" + id;
            const auto document = erp_.documents.find(number);
            if (order.state.order().status() == "cancelled") {
                EXPECT_TRUE(document == erp_.documents.end() || document->second.cancelled) << number;
                continue;
            }
            ASSERT_NE(document, erp_.documents.end()) << number;
            EXPECT_FALSE(document->second.cancelled) << number;
            Pieces expected = pieces_in(order.state.order());
            if (adjusts_)
                for (const auto& [sku, back] : order.refunded) expected[sku] -= back;
            EXPECT_EQ(document->second.pieces, expected) << number;
            for (const char* sku : {"A", "B"})
                EXPECT_EQ(erp_.returned(number, sku), adjusts_ ? 0 : of(order.refunded, sku)) << number;
        }
        EXPECT_EQ(waiting().count, 0U);
        EXPECT_TRUE(dead_letters_.empty());
    }

    static constexpr std::int64_t kArrived = 40;
    std::mt19937 random_;
    const bool adjusts_;
    bool works_ = true;
    Erp erp_{random_};
    std::map<std::string, ShopOrder> orders_{};
    std::vector<Event> told_{};  // on their way to the router
    std::deque<CommandResult> results_{};
};

// Goal: whatever comes in whatever order, the target ends with what the shop shows, each refund once, and no number was
// published that an order known to us had taken.
TEST(RouterWorld, TheTargetEndsWithWhatTheShopShows) {
    for (const bool adjusts : {true, false}) {
        for (unsigned seed = 1; seed <= 300; ++seed) {
            SCOPED_TRACE((adjusts ? "adjusts, seed " : "documents, seed ") + std::to_string(seed));
            World world(seed, adjusts);
            world.TestBody();
            if (::testing::Test::HasFailure()) return;
        }
    }
}

}  // namespace
}  // namespace shopwire::router
