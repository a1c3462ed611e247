// Goal: the connector against a shop that speaks the wire for real, over TLS.  Method: the simulator as a process of
// its own; its control port makes the shop's side of each story, its log is the truth that results are compared with.
#include <mutex>
#include <set>

#include "common/http/server.h"
#include "services/woocommerce/intake.h"
#include "services/woocommerce/upkeep.h"
#include "tests/contract/woocommerce/simulator.h"

namespace shopwire::woocommerce {
namespace {

TEST_F(SandboxShop, AcceptsTheProbe) {
    const Status probed = shop->probe({});
    EXPECT_TRUE(probed) << probed.error().message;
}

TEST_F(SandboxShop, ShowsEveryProductOfASecondThatFillsManyPages) {
    seed(35);
    for (const std::string_view stream : {kProducts, kCatalogue}) {
        runtime::Cursor cursor;
        std::set<std::string> skus;
        for (const runtime::Change& change : drain(stream, cursor)) {
            ASSERT_TRUE(change.event) << change.event.error().message;
            if (change.event->has_stock()) skus.insert(change.event->stock().sku());
        }
        EXPECT_EQ(skus.size(), 36U) << stream;  // with the variation
    }
}

TEST_F(SandboxShop, ShowsAnOrderOnceAndAgainWhenItChanges) {
    seed(1);
    const std::string id = checkout("P-0", 2);
    runtime::Cursor cursor;
    std::vector<runtime::Change> first = drain(kOrders, cursor);
    ASSERT_EQ(first.size(), 1U);
    ASSERT_TRUE(first[0].event) << first[0].event.error().message;
    EXPECT_EQ(first[0].event->order().native_id(), id);
    EXPECT_EQ(first[0].event->order().lines(0).sku(), "P-0");
    EXPECT_TRUE(drain(kOrders, cursor).empty());
    Sink sink(shop);
    events::Command command;
    command.mutable_set_order_status()->set_order_native_id(id);
    command.mutable_set_order_status()->set_status("completed");
    EXPECT_EQ(sink.apply({&command, 1}, {}).at(0).value().result.outcome(), commands::v1::OUTCOME_APPLIED);
    const std::vector<runtime::Change> second = drain(kOrders, cursor);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].event->order().status(), "completed");
}

TEST_F(SandboxShop, TakesStockAndRefusesARaiseThatForgetsAnOrder) {
    seed(2);
    Sink sink(shop);
    const std::vector<events::Command> lower{stock("P-0", 8), stock("P-1", 10), stock("TS-S", 3)};
    const auto lowered = sink.apply(lower, {});
    ASSERT_TRUE(lowered[0] && lowered[1] && lowered[2]);
    EXPECT_EQ(lowered[1]->result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    EXPECT_EQ(shown("P-0"), "8");
    EXPECT_EQ(shown("TS-S"), "3");
    const std::string id = checkout("P-0", 2);
    events::Command raise = stock("P-0", 9);
    const auto stale = sink.apply({&raise, 1}, {});
    ASSERT_TRUE(stale[0]) << stale[0].error().message;
    EXPECT_EQ(stale[0]->result.outcome(), commands::v1::OUTCOME_STALE);
    ASSERT_EQ(stale[0]->seen.size(), 1U);
    const events::Event& order = *stale[0]->seen[0].event;
    EXPECT_EQ(order.order().native_id(), id);
    EXPECT_EQ(shown("P-0"), "6");
    commands::v1::CountedOrder& counted = *raise.mutable_set_stock()->add_counted();
    counted.set_native_id(id);
    counted.set_modified_at_ms(order.source().modified_at_ms());
    EXPECT_EQ(sink.apply({&raise, 1}, {})[0].value().result.outcome(), commands::v1::OUTCOME_APPLIED);
    EXPECT_EQ(shown("P-0"), "9");
}

TEST_F(SandboxShop, LeavesALostAnswerAmbiguousAndAppliesItOnceMore) {
    seed(1);
    simulator.control("faults", R"([{"match":{"method":"POST","path_regex":"/products/batch$"},"times":1,)"
                                R"("fault":{"kind":"apply_then_drop"}}])");
    Sink sink(shop);
    const events::Command command = stock("P-0", 4);
    const auto lost = sink.apply({&command, 1}, {});
    ASSERT_FALSE(lost[0]);
    EXPECT_EQ(lost[0].error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(sink.apply({&command, 1}, {})[0].value().result.outcome(), commands::v1::OUTCOME_UNCHANGED);
}

TEST_F(SandboxShop, SetsAPriceAndASaleAndTakesItBack) {
    seed(1);
    Sink sink(shop);
    events::Command command;
    commands::v1::SetPrice& price = *command.mutable_set_price();
    price.set_sku("P-0");
    price.set_currency("RSD");
    price.set_includes_tax(true);
    *price.mutable_regular() = events::to_proto(Decimal::from_integer(150));
    *price.mutable_sale() = events::to_proto(Decimal::from_integer(99));
    price.set_sale_from_ms(1'795'000'000'000);
    price.set_sale_to_ms(1'799'000'000'000);
    const auto set = sink.apply({&command, 1}, {});
    ASSERT_TRUE(set[0]) << set[0].error().message;
    EXPECT_EQ(set[0]->result.outcome(), commands::v1::OUTCOME_APPLIED);
    EXPECT_EQ(sink.apply({&command, 1}, {})[0].value().result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    price.clear_sale();
    const auto cleared = sink.apply({&command, 1}, {});
    ASSERT_TRUE(cleared[0]) << cleared[0].error().message;
    EXPECT_EQ(cleared[0]->result.outcome(), commands::v1::OUTCOME_APPLIED);
}

TEST_F(SandboxShop, AddsANoteThatIsFoundAgain) {
    seed(1);
    events::Command command;
    command.mutable_add_order_note()->set_order_native_id(checkout("P-0", 1));
    command.mutable_add_order_note()->set_text("Sent to ERP as SO-1 & more");
    Sink sink(shop);
    EXPECT_FALSE(sink.find(command, {}).value());
    const auto added = sink.apply({&command, 1}, {});
    ASSERT_TRUE(added[0]);
    EXPECT_EQ(sink.find(command, {}).value().value().result.native_id(), added[0]->result.native_id());
}

TEST_F(SandboxShop, DeliversSignedWebhooksToTheIntake) {
    seed(1);
    std::mutex mutex;
    std::vector<runtime::Intake::Received> received;
    auto server = http::Server::start({}, [&](const http::ServerRequest& request) {
        const std::lock_guard lock(mutex);
        received.push_back(Intake(shop).receive(request));
        return http::ServerResponse{.status = received.back().status};
    });
    ASSERT_TRUE(server) << server.error().message;
    connect("http://127.0.0.1:" + std::to_string((*server)->port()) + "/webhooks/acme/shop");
    Upkeep upkeep(shop);
    const Status kept = upkeep.run({});
    ASSERT_TRUE(kept) << kept.error().message;
    ASSERT_TRUE(upkeep.run({}));
    const std::string id = checkout("P-0", 1);
    for (int i = 0; i < 500 && !simulator.control("state").root().member("webhooks_idle").boolean(); ++i)
        system_clock().sleep_for(std::chrono::milliseconds(10), {});
    const std::lock_guard lock(mutex);
    int pings = 0;
    int orders = 0;
    for (const runtime::Intake::Received& one : received) {
        EXPECT_EQ(one.status, 200) << one.kind;
        if (one.kind == "ping") ++pings;
        for (const runtime::Change& change : one.changes) {
            ASSERT_TRUE(change.event) << change.event.error().message;
            if (change.event->has_order() && change.event->order().native_id() == id) ++orders;
        }
    }
    EXPECT_EQ(pings, 9);
    EXPECT_EQ(orders, 2);  // created and updated
}

}  // namespace
}  // namespace shopwire::woocommerce
