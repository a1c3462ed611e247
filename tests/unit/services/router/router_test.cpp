// Orders become commands and links.
#include <set>

#include "common/events/topics.h"
#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {
namespace {

TEST_F(RouterTest, AnOrderBecomesOneDocument) {
    feed(order("1", "processing", kYear2026 + 1000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].connection(), "erp");
    EXPECT_EQ(sent[0].export_order().external_number(), "WC-101");
    EXPECT_EQ(sent[0].export_order().document_type(), events::v1::DOCUMENT_TYPE_RESERVATION);
    feed(order("1", "processing", kYear2026 + 1000));
    feed(order("1", "completed", kYear2026 + 2000));
    EXPECT_TRUE(take().empty()) << "requested once, before any result";
}

TEST_F(RouterTest, ReadsTheTopicsThatAreDeclaredForIt) {
    const std::vector<std::string> inputs = input_topics();
    std::set<std::string> declared;
    for (const events::TopicSpec& topic : events::topics({}))
        if (topic.readers.router && topic.cleanup == events::Cleanup::kTime) declared.insert(topic.name);
    EXPECT_EQ(std::set<std::string>(inputs.begin(), inputs.end()), declared);
}

// Another process may have taken over the file of a new merchant before this one did.
TEST_F(RouterTest, NoRecordOfANewMerchantIsSetAsideBeforeItsFileIsRead) {
    internal::v1::LedgerInputs inputs;
    inputs.add_inputs()->set_merchant("newcomer");
    Event event = order("1", "processing", kYear2026 + 1000);
    event.mutable_source()->set_merchant("newcomer");
    events::set_content_hash(event);
    for (kafka::Record record : {kafka::Record{.topic = events::stock_topic(), .value = inputs.SerializeAsString()},
                                 events::to_record(event, now_ms_)}) {
        record.partition = 0;
        std::vector<kafka::Record> out;
        router_.watch_files([] { return true; });
        const Status again = router_.handle(record, now_ms_, out);
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().kind, ErrorKind::kTransient);
        EXPECT_TRUE(out.empty());
        router_.watch_files([] { return false; });
        EXPECT_TRUE(router_.handle(record, now_ms_, out));
        ASSERT_EQ(out.size(), 1U) << "a merchant without a file";
        EXPECT_EQ(out[0].topic, events::dead_letter_topic());
    }
}

TEST_F(RouterTest, ACompanyGetsItsDocumentType) {
    Event event = order("1", "processing", kYear2026 + 1000);
    event.mutable_order()->mutable_personal()->mutable_clear()->set_tax_id("123456788");
    feed(event);
    EXPECT_EQ(take().at(0).export_order().document_type(), events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE);
}

TEST_F(RouterTest, AnOrderFromBeforeGoLiveIsNotExported) {
    Event event = order("1", "processing", kYear2026 + 1000);
    event.mutable_order()->set_created_at_ms(kYear2026 - 1);
    feed(event);
    EXPECT_TRUE(take().empty());
}

// Between the moment that a person wrote into the file and the router's next look at it.
TEST_F(RouterTest, AnOrderThatNoRouteWantedIsSentWhenItIsReadAgainAfterTheRoutesChanged) {
    std::string later(kMerchant);
    later.replace(later.find("2026-01-01"), 10, "2026-02-01");
    configure(later);
    const Event event = order("1", "processing", kYear2026 + 1000);
    feed(event);
    feed(event);
    EXPECT_TRUE(take().empty());
    configure(kMerchant);
    feed(event);
    EXPECT_EQ(1U, take().size());
    feed(event);
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, ADocumentIsToldToTheShop) {
    feed(order("1", "processing", kYear2026 + 1000));
    feed(made(take().at(0)));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].connection(), "shop");
    EXPECT_EQ(sent[0].add_order_note().text(), "erp: R-17 (WC-101)");
    EXPECT_EQ(sent[0].add_order_note().order_native_id(), "1");
}

TEST_F(RouterTest, TheSameResultTwiceTellsTheShopOnce) {
    feed(order("1", "processing", kYear2026 + 1000));
    const CommandResult result = made(take().at(0));
    feed(result);
    feed(result);
    EXPECT_EQ(take().size(), 1U);
}

TEST_F(RouterTest, ACancelledOrderCancelsItsDocument) {
    feed(order("1", "processing", kYear2026 + 1000));
    feed(made(take().at(0)));
    take();
    feed(order("1", "cancelled", kYear2026 + 2000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].has_cancel_document());
    EXPECT_EQ(sent[0].cancel_document().native_id(), "55");
}

TEST_F(RouterTest, AnOrderCancelledBeforeItWasSeenIsNeverExported) {
    feed(order("1", "cancelled", kYear2026 + 1000));
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, AStatusThatNoTableKnowsParksTheOrderAlone) {
    feed(order("1", "wc-strange", kYear2026 + 1000));
    feed(order("2", "processing", kYear2026 + 1000));
    EXPECT_EQ(take().size(), 1U);
    EXPECT_EQ(metrics_.parked.value(), 1);
    feed(order("1", "processing", kYear2026 + 2000));
    EXPECT_EQ(take().size(), 1U) << "a newer state with a known status heals it";
}

// Two targets: one knows the status from the start and refuses the order, which a re-read of the same state must not
// send there again; the other learns it later.
TEST_F(RouterTest, WhatWaitedForATableGoesWithTheNextReadOnceTheTableHasIt) {
    const auto two = [](const std::string& statuses) {
        return R"({merchant: acme, connections: {shop: {system: alpha}, erp: {system: beta}, crm: {system: gamma}},
                   routing: {orders: [
                     {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: W, statuses: )" +
               statuses + R"(},
                     {from: shop, to: crm, export_since: "2026-01-01T00:00:00Z", prefix: C, statuses: [wc-odd]}]}})";
    };
    configure(two("[processing]"));
    const Event odd = order("1", "wc-odd", kYear2026 + 1000);
    feed(odd);
    const std::vector<Command> first = take();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].connection(), "crm");
    feed(result_of(first[0], commands::v1::OUTCOME_REJECTED));
    feed(odd);
    EXPECT_TRUE(take().empty()) << "no table has changed";
    EXPECT_EQ(metrics_.parked.value(), 1) << "it still waits, and is counted once";
    configure(two("[processing, wc-odd]"));
    feed(odd);
    const std::vector<Command> healed = take();
    ASSERT_EQ(healed.size(), 1U);
    EXPECT_EQ(healed[0].connection(), "erp");
    EXPECT_TRUE(healed[0].has_export_order());
    feed(odd);
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, AnOrderThatWaitsForAPersonIsListedUntilItDoesNot) {
    feed(order("1", "processing", kYear2026 + 1000));
    EXPECT_EQ(waiting().count, 0U);
    feed(order("2", "wc-odd", kYear2026 + 1000));
    ASSERT_EQ(waiting().count, 1U);
    const WaitingOrder listed = waiting().items.at(0);
    EXPECT_EQ(listed.order, "acme/shop/2");
    EXPECT_EQ(listed.number, "102");
    EXPECT_EQ(listed.target, "erp");
    EXPECT_EQ(listed.reason, "the status \"wc-odd\" is in no table of the route to erp");
    EXPECT_FALSE(listed.sent);
    feed(order("2", "wc-odder", kYear2026 + 2000));
    EXPECT_EQ(waiting().count, 1U);
    feed(order("2", "processing", kYear2026 + 3000));
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(RouterTest, ARefusedOrderAndOneThatIsOpenAgainAreListed) {
    feed(order("1", "processing", kYear2026 + 1000));
    CommandResult refused = result_of(take().at(0), commands::v1::OUTCOME_PARKED);
    refused.set_error("line 1 has no SKU");
    feed(refused);
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_TRUE(waiting().items.at(0).sent);
    feed(order("1", "cancelled", kYear2026 + 2000));
    EXPECT_EQ(waiting().count, 0U);
    feed(order("1", "processing", kYear2026 + 3000));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).reason, "the order is open again after its document was cancelled");
    feed(order("1", "cancelled", kYear2026 + 4000));
    EXPECT_EQ(waiting().count, 0U);
}

// Nothing lets it go: it is shown, and stays subtracted.
TEST_F(RouterTest, AReservationThatLivesTooLongIsShownAndStaysSubtracted) {
    feed(stock(5, kYear2026 + 1000));
    feed(order("1", "processing", now_ms_));
    const std::int64_t taken_ms = now_ms_;
    for (const Command& command : take())
        if (command.has_export_order()) feed(made(command));
    constexpr std::int64_t kDay = 24 * 3600 * std::int64_t{1000};
    EXPECT_EQ(overdue(taken_ms + 29 * kDay).count, 0U);
    const Overview<OverdueReservation> found = overdue(taken_ms + 31 * kDay);
    ASSERT_EQ(found.count, 1U);
    EXPECT_EQ(found.items.at(0).article, "acme/a-1");
    EXPECT_EQ(found.items.at(0).order, "shop/1");
    EXPECT_EQ(found.items.at(0).pieces, Decimal::from_integer(2));
    EXPECT_NE(found.items.at(0).confirmed_at_ms, 0);
    take();
    now_ms_ += 31 * kDay;
    feed(order("2", "processing", now_ms_));
    std::vector<Decimal> shown;
    for (const Command& command : take())
        if (command.has_set_stock()) shown.push_back(events::from_proto(command.set_stock().quantity()));
    EXPECT_EQ(shown, std::vector{Decimal::from_integer(1)});
    feed(stock(5, now_ms_ + 1));  // a read that counts both documents at last
    EXPECT_EQ(overdue(now_ms_ + 31 * kDay).count, 1U) << "the second has no document yet";
}

TEST_F(RouterTest, AParkedExportIsAskedForAgainWithTheNextState) {
    feed(order("1", "processing", kYear2026 + 1000));
    const Command first = take().at(0);
    CommandResult parked = result_of(first, commands::v1::OUTCOME_PARKED);
    parked.set_error("line 1 has no SKU");
    feed(parked);
    feed(order("1", "processing", kYear2026 + 2000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_GT(sent[0].sequence(), first.sequence());
    EXPECT_EQ(sent[0].export_order().external_number(), first.export_order().external_number());
}

TEST_F(RouterTest, AStateThatCameWhileTheExportWasUnderWayIsAskedForWhenThatOneIsRefused) {
    feed(order("1", "processing", kYear2026 + 1000));
    const Command first = take().at(0);
    Event corrected = order("1", "processing", kYear2026 + 2000);
    corrected.mutable_order()->mutable_lines(0)->set_sku("A-2");
    feed(corrected);
    EXPECT_TRUE(take().empty()) << "the first may still succeed";
    feed(result_of(first, commands::v1::OUTCOME_PARKED));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].export_order().order().lines(0).sku(), "A-2");
    feed(result_of(sent[0], commands::v1::OUTCOME_PARKED));
    EXPECT_TRUE(take().empty()) << "nothing newer waits any more";
}

TEST_F(RouterTest, AnOlderStateIsDropped) {
    feed(order("1", "processing", kYear2026 + 2000));
    feed(order("1", "cancelled", kYear2026 + 1000));
    EXPECT_EQ(take().size(), 1U);
    EXPECT_EQ(metrics_.older.value(), 1);
}

TEST_F(RouterTest, TwoStatesOfOneSecondAreReadAgain) {
    feed(order("1", "processing", kYear2026 + 1000));
    take();
    feed(order("1", "cancelled", kYear2026 + 1000));
    std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].connection(), "shop");
    EXPECT_EQ(sent[0].refresh().native_id(), "1");
    Event reread = order("1", "cancelled", kYear2026 + 1000);
    reread.mutable_source()->set_origin(events::v1::ORIGIN_REPAIR);
    reread.mutable_source()->set_read_started_at_ms(kYear2026 + 5000);
    feed(reread);
    sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].has_cancel_document());
}

}  // namespace
}  // namespace shopwire::router
