// What targets tell of documents and parcels comes back to the order in the shop.
#include "tests/unit/services/router/router_orders_fixture.h"

namespace shopwire::router {
namespace {

class BackTest : public OrdersTest {
 protected:
    void SetUp() override {
        route(
            "document_type: invoice, send_status: true, back: {statuses: {\"9\": on-hold, paid: processing}, "
            "status_groups: {\"4\": completed, \"6\": cancelled}, complete_on: [DELIVERED], "
            "tracking_note: \"{carrier} {number}: {status}\"}");
    }
};

TEST_F(BackTest, AStatusOfTheDocumentBecomesOneOfTheOrder) {
    link(with_pieces(1, 2));
    feed(document("WC-101", "9", at(2)));
    const Command command = one();
    EXPECT_EQ(command.connection(), "shop");
    EXPECT_EQ(command.key(), "shop/1");
    EXPECT_EQ(command.field_group(), "status");
    EXPECT_EQ(command.set_order_status().order_native_id(), "1");
    EXPECT_EQ(command.set_order_status().status(), "on-hold");
    feed(document("WC-101", "9", at(3)));
    EXPECT_TRUE(sent().empty()) << "told once: a person may have decided otherwise since";
    feed(document("WC-101", "10", at(4), "4"));
    EXPECT_EQ(one().set_order_status().status(), "completed") << "by its group";
    feed(document("WC-101", "11", at(5), "5"));
    EXPECT_TRUE(sent().empty()) << "in no table";
}

TEST_F(BackTest, AnOlderStateOfTheDocumentIsDropped) {
    link(with_pieces(1, 2));
    feed(document("WC-101", "10", at(4), "4"));
    one();
    feed(document("WC-101", "9", at(3)));
    EXPECT_TRUE(sent().empty());
}

TEST_F(BackTest, WhatComesBeforeItsOrderWaitsForIt) {
    feed(document("WC-101", "1", at(1)));
    feed(document("WC-101", "9", at(2)));
    feed(parcel("a", "MOVING", at(2)));
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(1, 2));
    const std::vector<Command> commands = sent();
    ASSERT_EQ(commands.size(), 3U);
    EXPECT_TRUE(commands[0].has_export_order());
    EXPECT_EQ(commands[1].set_order_status().status(), "on-hold");
    EXPECT_TRUE(commands[2].has_set_tracking());
}

TEST_F(BackTest, ADocumentWithoutANumberIsKnownByItsId) {
    feed(document("", "9", at(2)));
    feed(with_pieces(1, 2));
    const Command exported = one();
    feed(made(exported));
    EXPECT_EQ(one().set_order_status().status(), "on-hold");
}

TEST_F(BackTest, DocumentsThatAreNotOursAreCounted) {
    link(with_pieces(1, 2));
    feed(document("SHOP2-101", "9", at(2)));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(metrics_.foreign.value(), 1);
}

TEST_F(BackTest, WhatNobodyAskedForInADayIsForgotten) {
    const std::size_t before = links_.size();
    feed(document("WC-9", "9", at(2)));
    EXPECT_EQ(links_.size(), before + 2);
    now_ms_ += std::int64_t{25} * 3600 * 1000;
    for (int i = 100; i < 120; ++i) feed(document("WC-" + std::to_string(i), "9", at(2)));
    EXPECT_EQ(metrics_.foreign.value(), 1);
    EXPECT_EQ(links_.size(), before + 40);
}

TEST_F(BackTest, AClosedOrderIsNeverMoved) {
    for (const char* closed : {"completed", "refunded", "failed", "trash"}) {
        links_ = {};
        link(with_pieces(1, 2));
        feed(with_pieces(2, 2, closed));
        sent();
        feed(document("WC-101", "9", at(3)));
        EXPECT_TRUE(sent().empty()) << closed;
        Event delivered = parcel("a", "DELIVERED", at(4));
        feed(delivered);
        EXPECT_EQ(one().set_tracking().status(), "") << closed;
    }
    EXPECT_EQ(metrics_.closed_kept.value(), 4);
}

TEST_F(BackTest, AStatusThatWeSetIsNoNewsForTheTargetThatCausedIt) {
    link(with_pieces(1, 2));
    feed(document("WC-101", "9", at(2)));
    one();
    feed(with_pieces(3, 2, "on-hold"));
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(4, 2, "processing"));
    EXPECT_EQ(one().update_order().order().status(), "processing") << "a person moved it";
}

// What a target caused is no news once.  When a person sets the same status later, the target is told.
TEST_F(BackTest, AStatusThatWeSetIsSwallowedOnce) {
    link(with_pieces(1, 2));
    feed(document("WC-101", "9", at(2)));
    one();
    feed(with_pieces(3, 2, "on-hold"));
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(4, 2, "processing"));
    feed(applied(one()));
    feed(with_pieces(5, 2, "on-hold"));
    EXPECT_EQ(one().update_order().order().status(), "on-hold");
}

TEST_F(BackTest, AStatusThatTheShopNeverTookIsSwallowedByNothing) {
    link(with_pieces(1, 2));
    feed(document("WC-101", "9", at(2)));
    one();
    feed(with_pieces(3, 2, "pending"));  // a person was quicker
    feed(applied(one()));
    feed(with_pieces(4, 2, "on-hold"));
    EXPECT_EQ(one().update_order().order().status(), "on-hold") << "a person's";
}

TEST_F(BackTest, AnotherTargetIsToldOfIt) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}, crm: {system: gamma}}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false, send_status: true,
       back: {statuses: {"9": on-hold}}}
    - {from: shop, to: crm, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false, send_status: true}
)");
    feed(with_pieces(1, 2));
    for (const Command& command : sent()) feed(made(command));
    feed(document("WC-101", "9", at(2)));
    one();
    feed(with_pieces(3, 2, "on-hold"));
    const Command update = one();
    EXPECT_EQ(update.connection(), "crm");
    EXPECT_EQ(update.update_order().order().status(), "on-hold");
}

TEST_F(BackTest, AParcelIsToldOnceForEachChange) {
    link(with_pieces(1, 2));
    feed(parcel("a", "MOVING", at(2)));
    const Command command = one();
    EXPECT_EQ(command.key(), "shop/1");
    EXPECT_EQ(command.field_group(), "tracking/erp/a");
    EXPECT_EQ(command.set_tracking().order_native_id(), "1");
    EXPECT_EQ(command.set_tracking().shipment().tracking_number(), "Ta");
    EXPECT_EQ(command.set_tracking().note(), "Post Ta: MOVING");
    EXPECT_FALSE(command.set_tracking().note_to_customer());
    EXPECT_EQ(command.set_tracking().status(), "");
    feed(parcel("a", "MOVING", at(3)));
    EXPECT_TRUE(sent().empty());
    feed(parcel("b", "MOVING", at(3)));
    EXPECT_EQ(one().field_group(), "tracking/erp/b") << "never takes the place of the first";
    feed(parcel("a", "DELIVERED", at(4)));
    EXPECT_EQ(one().set_tracking().status(), "completed");
    feed(parcel("a", "MOVING", at(3)));
    EXPECT_TRUE(sent().empty()) << "older";
}

TEST_F(BackTest, WithoutTrackingParcelsAreNotTold) {
    route("back: {tracking: false}");
    link(with_pieces(1, 2));
    feed(parcel("a", "MOVING", at(2)));
    EXPECT_TRUE(sent().empty());
}

TEST_F(BackTest, ATargetThatTellsNothingBackHasNoIndex) {
    route("document_type: invoice");
    feed(with_pieces(1, 2));
    EXPECT_EQ(links_.size(), 1U);
    feed(document("WC-101", "9", at(2)));
    EXPECT_EQ(metrics_.unrouted.value(), 1);
}

TEST_F(BackTest, ARouteThatIsAddedLaterKnowsAnOrderFromItsNextState) {
    route("document_type: invoice");
    link(with_pieces(1, 2));
    SetUp();
    feed(with_pieces(2, 2));
    EXPECT_TRUE(sent().empty());
    feed(document("WC-101", "9", at(3)));
    feed(document("", "10", at(4), "4"));
    EXPECT_EQ(sent().size(), 2U);
}

}  // namespace
}  // namespace shopwire::router
