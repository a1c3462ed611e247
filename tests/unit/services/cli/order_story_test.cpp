#include "services/cli/order_story.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

constexpr std::int64_t kNowMs = kSeenMs + 60'500;
const OrderRef kOrder{.merchant = "example", .connection = "shop", .native_id = "14", .number = "1234"};

std::string answer(const std::vector<kafka::Record>& records) {
    return order_story(kOrder, records, Personal::kMasked, kNowMs).answer;
}

kafka::Record claim(const std::string& native_id) {
    internal::v1::LedgerInputs inputs;
    internal::v1::LedgerInput& input = *inputs.add_inputs();
    input.set_merchant("example");
    input.set_sku("a-100");
    input.mutable_claim()->mutable_order()->set_connection("shop");
    input.mutable_claim()->mutable_order()->set_native_id(native_id);
    input.mutable_claim()->mutable_order()->set_known_at_ms(kSeenMs + 5);
    *input.mutable_claim()->mutable_order()->mutable_quantity() = decimal(2);
    return stored(events::stock_topic(), "", inputs);
}

kafka::Record parked(bool whole_connection = false) {
    internal::v1::Parked parked;
    parked.set_connection("example/erp");
    parked.set_key("example/erp/shop%2F14");
    parked.set_reason("line 1 without SKU");
    parked.set_parked_at_ms(kSeenMs + 600);
    parked.set_whole_connection(whole_connection);
    return stored(events::sink_state_topic("parked", "beta"), "example/erp/shop%2F14/t/0/1", parked);
}

TEST(OrderIn, IsFoundByItsNumberAndByItsId) {
    for (const char* wanted : {"1234", "14"}) {
        const auto order = order_in(order_event(), {.merchant = "example", .wanted = wanted});
        ASSERT_TRUE(order);
        EXPECT_EQ(order->record_key(), "example/shop/14");
        EXPECT_EQ(order_in(order_link(internal::v1::LINK_STATE_LINKED), {.merchant = "example", .wanted = wanted})
                      .value()
                      .record_key(),
                  "example/shop/14");
    }
    EXPECT_FALSE(order_in(order_event(), {.merchant = "twin", .wanted = "1234"}));
    EXPECT_FALSE(order_in(order_event(), {.merchant = "example", .connection = "shop2", .wanted = "1234"}));
    EXPECT_FALSE(order_in(order_event(), {.merchant = "example", .wanted = "123"}));
}

TEST(OrderIn, PrefersTheNumberAndNeverChoosesAmongSeveral) {
    const OrderRef by_id{.merchant = "example", .connection = "shop", .native_id = "1234", .number = "2000"};
    const OrderRef twin{.merchant = "example", .connection = "shop2", .native_id = "77", .number = "1234"};
    const OrderQuestion question{.merchant = "example", .wanted = "1234"};
    const auto ids = [](const std::vector<OrderRef>& orders) {
        std::string out;
        for (const OrderRef& order : orders) out += order.connection + "/" + order.native_id + " ";
        return out;
    };
    EXPECT_EQ(ids(nearest({{"a", by_id}, {"b", kOrder}}, question)), "shop/14 ");
    EXPECT_EQ(ids(nearest({{"a", by_id}}, question)), "shop/1234 ");
    EXPECT_EQ(ids(nearest({{"a", by_id}, {"b", kOrder}, {"c", twin}}, question)), "shop/14 shop2/77 ");
    EXPECT_EQ(exact_name(twin),
              "example/shop2: number 1234, id 77: shopwire trace order 77 --id --merchant example --connection shop2");
    OrderQuestion exact{.merchant = "example", .wanted = "1234", .by_id = true};
    EXPECT_FALSE(order_in(order_event(), exact));
    exact.wanted = "14";
    EXPECT_TRUE(order_in(order_event(), exact));
}

TEST(OrderStory, TellsEveryHopInOrder) {
    const std::vector<kafka::Record> records{export_result(commands::v1::OUTCOME_APPLIED), export_command(),
                                             claim("14"), order_event(), order_link(internal::v1::LINK_STATE_LINKED)};
    for (const kafka::Record& record : records) EXPECT_TRUE(is_about(kOrder, record)) << record.topic;
    const Story story = order_story(kOrder, records, Personal::kMasked, kNowMs);
    ASSERT_EQ(story.hops.size(), 4U);
    EXPECT_EQ(story.hops[0].step, "seen");
    EXPECT_EQ(story.hops[0].what, "order 1234, processing, 1500 RSD, 1 line");
    EXPECT_EQ(story.hops[1].what, "takes 2 pieces");
    EXPECT_EQ(story.hops[2].what, "make reservation WC-1234");
    EXPECT_EQ(story.hops[2].sequence, 1U);
    EXPECT_EQ(story.hops[2].id, "0191-command");
    EXPECT_EQ(story.hops[3].what, "reservation R-55 (WC-1234), total 1500");
    EXPECT_EQ(story.hops[3].outcome, "applied");
    EXPECT_EQ(story.answer, "Order 1234: at erp as reservation R-55 (WC-1234), since 1 min ago.");
}

TEST(OrderStory, SaysWhereItIsInEachState) {
    EXPECT_EQ(answer({order_link(internal::v1::LINK_STATE_REQUESTED)}),
              "Order 1234: erp was asked for WC-1234 and has not answered yet.");
    EXPECT_EQ(answer({order_link(internal::v1::LINK_STATE_PARKED, "line 1 without SKU")}),
              "Order 1234: not at erp: it waits for a person: line 1 without SKU.");
    EXPECT_EQ(answer({order_link(internal::v1::LINK_STATE_CANCELLED)}), "Order 1234: cancelled at erp (WC-1234).");
    EXPECT_EQ(answer({order_link(internal::v1::LINK_STATE_UPDATING)}),
              "Order 1234: at erp as reservation R-55 (WC-1234); a newer state is on its way there.");
    EXPECT_EQ(
        answer({order_link(internal::v1::LINK_STATE_REFUSED, "it is posted")}),
        "Order 1234: at erp as reservation R-55 (WC-1234), but its newest state was refused there: it is posted.");
    EXPECT_EQ(answer({order_link(internal::v1::LINK_STATE_UNSPECIFIED, {}, "example", "the jq program: x")}),
              "Order 1234: not at erp: it waits for a person: the jq program: x.");
    EXPECT_EQ(
        answer({order_link(internal::v1::LINK_STATE_LINKED, {}, "example", "the jq program: x")}),
        "Order 1234: at erp as reservation R-55 (WC-1234), since 1 min ago; as for its newest state, it waits for a "
        "person: the jq program: x.");
    EXPECT_TRUE(answer({order_link(internal::v1::LINK_STATE_PARKED, "no"), parked()})
                    .ends_with("a record waits at example/erp: line 1 without SKU (shopwire parked retry "
                               "example/erp/shop%2F14)."));
    EXPECT_TRUE(answer({order_link(internal::v1::LINK_STATE_PARKED, "HTTP 401"), parked(true)})
                    .ends_with("HTTP 401; it goes on when example/erp does (shopwire resume example/erp)."));
    EXPECT_EQ(answer({order_event()}), "Order 1234: seen, and the router has not decided about it yet.");
}

// A target without a state: nobody asked it, it is asked later, it had nothing to do, or a person gave it up.
TEST(OrderStory, SaysWhyATargetHasNoDocument) {
    internal::v1::Link link;
    link.set_status("pending");
    const auto said = [&link] {
        return answer({stored(events::router_state_topic("links"), "l/example/shop/14", link)});
    };
    const std::string excluded =
        "Order 1234: known (status pending), and no document was asked for: by the merchant's routing its status, its "
        "date or a filter excludes it.";
    EXPECT_EQ(said(), excluded);
    internal::v1::LinkTarget& target = *link.add_targets();
    target.set_connection("erp");
    EXPECT_EQ(said(), excluded);
    link.set_wants_order(true);
    EXPECT_EQ(said(),
              "Order 1234: known (status pending), and no document was asked for yet: shop was asked to tell it again, "
              "with its articles and refunds.");
    link.set_wants_order(false);
    target.set_external_number("WC-1234");
    EXPECT_EQ(said(),
              "Order 1234: not at erp: what it was asked for (WC-1234) was given up; the next change of the order asks "
              "again.");
    target.set_fingerprint("x");
    EXPECT_EQ(said(), "Order 1234: not at erp: it was asked for WC-1234 and had nothing to do.");
}

TEST(OrderStory, TellsTheSystemsOwnWords) {
    const Story story =
        order_story(kOrder, {export_result(commands::v1::OUTCOME_PARKED, "HTTP 400: buyer ana@example.com is blocked")},
                    Personal::kMasked, kNowMs);
    EXPECT_EQ(story.hops.at(0).what, "HTTP 400: buyer *** is blocked");
    EXPECT_EQ(story.hops.at(0).outcome, "parked");
}

TEST(OrderStory, TakesNothingOfAnotherOrder) {
    OrderRef other = kOrder;
    other.native_id = "4";
    for (const kafka::Record& record : {order_event(), export_command(), export_result(commands::v1::OUTCOME_APPLIED),
                                        claim("14"), parked(), order_link(internal::v1::LINK_STATE_LINKED)})
        EXPECT_FALSE(is_about(other, record)) << record.topic;
    other = kOrder;
    other.merchant = "twin";
    EXPECT_FALSE(is_about(other, export_command()));
    EXPECT_FALSE(is_about(other, claim("14")));
}

TEST(OrderStory, FindsDocumentsByTheNumberThatWasAskedFor) {
    const auto numbers = external_numbers(kOrder, {export_command()});
    EXPECT_EQ(numbers, std::set<std::string>{"WC-1234"});
    events::Event event;
    event.mutable_source()->set_merchant("example");
    event.mutable_source()->set_connection("erp");
    event.mutable_document()->set_native_id("77");
    event.mutable_document()->set_external_number("WC-1234");
    EXPECT_TRUE(bears(numbers, events::to_record(event, kSeenMs)));
    event.mutable_document()->set_external_number("WC-12");
    EXPECT_FALSE(bears(numbers, events::to_record(event, kSeenMs)));
}

TEST(OrderStory, HasADeadLetterWithTheWayToReplayIt) {
    internal::v1::DeadLetter letter;
    letter.set_stage("apply");
    letter.set_topic("shopwire.commands.beta.orders");
    letter.set_key("example/erp/shop%2F14");
    letter.set_error("no");
    const kafka::Record record = stored(events::dead_letter_topic(), "example/erp", letter);
    ASSERT_TRUE(is_about(kOrder, record));
    const Story story = order_story(kOrder, {record}, Personal::kMasked, kNowMs);
    EXPECT_EQ(story.hops.at(0).what, "no; shopwire deadletters replay 0:7");
}

TEST(Findings, KeepTheNewestStateAndForgetWhatWasRemoved) {
    Findings found;
    found.add(order_link(internal::v1::LINK_STATE_REQUESTED));
    found.add(order_link(internal::v1::LINK_STATE_LINKED));
    found.add(parked());
    found.add(order_event());
    found.add(order_event());
    found.forget(parked());
    const auto all = found.all();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[2].value, order_link(internal::v1::LINK_STATE_LINKED).value);
}

TEST(OrderStory, PrintsATableAndTheAnswerLast) {
    std::ostringstream out;
    print(order_story(kOrder, {order_event(), order_link(internal::v1::LINK_STATE_LINKED)}, Personal::kMasked, kNowMs),
          out);
    EXPECT_TRUE(out.str().starts_with("Order 1234 of example/shop (id 14)\n\nTIME")) << out.str();
    EXPECT_TRUE(out.str().ends_with("\n\nOrder 1234: at erp as reservation R-55 (WC-1234), since 1 min ago.\n"))
        << out.str();
}

}  // namespace
}  // namespace shopwire::cli
