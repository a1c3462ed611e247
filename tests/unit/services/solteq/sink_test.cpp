// Goal: one order makes one sale, whatever happens to the answers; a customer is written once and not echoed.
#include "services/solteq/sink.h"

#include "services/solteq/customer.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

class SinkOf : public ::testing::TestWithParam<const char*> {
 protected:
    std::string none() const { return list_of(GetParam(), {}); }
    std::string one() const { return list_of(GetParam(), {sale_row_of(GetParam())}); }
    std::string other() const {
        const bool rest = GetParam() == std::string("solteq-rest");
        return list_of(GetParam(), {with(sale_row_of(GetParam()), rest ? R"("quantity": 2)" : R"("quantity": "2")",
                                         rest ? R"("quantity": 3)" : R"("quantity": "3")")});
    }
};
INSTANTIATE_TEST_SUITE_P(Dialect, SinkOf, ::testing::Values("solteq-rest", "solteq-alt"),
                         [](const auto& test) { return std::string(test.param) == "solteq-rest" ? "Rest" : "Alt"; });

TEST_P(SinkOf, ExportsAnOrderOfAKnownCustomer) {
    Rig rig(GetParam());
    rig.reply(none());
    rig.reply(fixture("customers", GetParam()));
    rig.reply(sale_row_of(GetParam()), 201);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    const auto& result = applied->result;
    EXPECT_EQ(OUTCOME_APPLIED, result.outcome());
    EXPECT_EQ("", result.error());
    EXPECT_EQ("o-1", result.native_id());
    EXPECT_EQ("10231", result.document().number());
    EXPECT_EQ("c-991", result.document().customer_native_id());
    EXPECT_EQ(dec("49.80"), events::from_proto(result.document().total()));
    EXPECT_FALSE(result.document().found());
    EXPECT_EQ(0U, rig.transport.unused());
}

TEST_P(SinkOf, FindsTheSaleOfAnEarlierAttempt) {
    Rig rig(GetParam());
    rig.reply(one());
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(applied->result.document().found());
    EXPECT_EQ(1U, rig.asked().size());
}

TEST_P(SinkOf, RefusesASaleWithOtherRows) {
    Rig rig(GetParam());
    rig.reply(other());
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
    EXPECT_TRUE(applied.error().message.starts_with("DUPLICATE_WITH_OTHER_CONTENT")) << applied.error().message;
}

TEST_P(SinkOf, ReadsTheDuplicateBack) {
    Rig rig(GetParam());
    rig.reply(none());  // the lookup lags behind
    rig.reply(fixture("customers", GetParam()));
    rig.reply("{}", 409);
    rig.reply(one());
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(applied->result.document().found());
}

TEST_P(SinkOf, WaitsWhenTheDuplicateDoesNotShowYet) {
    Rig rig(GetParam());
    rig.reply(none());
    rig.reply(fixture("customers", GetParam()));
    rig.reply("{}", 409);
    rig.reply(none());
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kTransient, applied.error().kind);
}

TEST_P(SinkOf, LeavesALostAnswerToTheLookup) {
    Rig rig(GetParam());
    rig.reply(none());
    rig.reply(fixture("customers", GetParam()));
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kAmbiguous, applied.error().kind);
    rig.reply(one());
    const auto found = rig.sink->find(export_command(), {});
    ASSERT_TRUE(found && *found);
    EXPECT_TRUE(found->value().result.document().found());
    rig.reply(none());
    const auto absent = rig.sink->find(export_command(), {});
    ASSERT_TRUE(absent);
    EXPECT_FALSE(*absent);
}

TEST(Sink, CannotTellWithoutAReliableLookup) {
    Rig unreliable("solteq-rest", "lookup_reliable: false");
    unreliable.reply(list_of("solteq-rest", {}));
    const auto found = unreliable.sink->find(export_command(), {});
    ASSERT_FALSE(found);
    EXPECT_EQ(ErrorKind::kAmbiguous, found.error().kind);
    Rig without("solteq-rest", "", {"find_sale"});
    EXPECT_EQ(ErrorKind::kAmbiguous, without.sink->find(export_command(), {}).error().kind);
    without.reply(fixture("customers", "solteq-rest"));
    without.reply(sale_row_of("solteq-rest"), 201);
    EXPECT_TRUE(without.apply(export_command()));  // the first attempt needs none
}

// Lookups take their time; the runtime says until when the sale may leave.
TEST(Sink, ASlowSolteqGetsTheSaleUnlessItsTimeIsOver) {
    for (const bool over : {false, true}) {
        Rig rig;
        rig.transport.otherwise([&rig](const http::Request& request, std::stop_token) {
            rig.clock.advance(std::chrono::seconds(4));
            const bool sale = request.method == "POST";
            return http::Response{.status = sale ? 201 : 200,
                                  .body = sale ? sale_row_of("solteq-rest") : list_of("solteq-rest", {})};
        });
        const http::WriteWindow window(rig.clock.monotonic() + std::chrono::seconds(over ? 5 : 60));
        const Result<runtime::Applied> applied = rig.apply(export_command());
        EXPECT_EQ(!over, applied.has_value()) << applied.error().message;
        if (over) {
            EXPECT_EQ(ErrorKind::kTransient, applied.error().kind);
        }
        EXPECT_EQ(!over, rig.transport.last().method == "POST");
    }
}

TEST(Sink, GuestsBecomeCustomersOnlyOnRequest) {
    for (const bool asked : {false, true}) {
        Rig rig("solteq-rest", asked ? "export_guests: true\nmatch_by_phone: false" : "match_by_phone: false");
        events::Command command = export_command();
        events::v1::Order& order = *command.mutable_export_order()->mutable_order();
        order.clear_customer_native_id();
        order.mutable_personal()->mutable_clear()->clear_tax_id();
        rig.reply(list_of("solteq-rest", {}));
        rig.reply(list_of("solteq-rest", {}));
        if (asked) rig.reply(R"({"id":"c-5","customerType":"private"})", 201);
        rig.reply(sale_row_of("solteq-rest"), 201);
        const Result<runtime::Applied> applied = rig.apply(command);
        ASSERT_TRUE(applied) << applied.error().message;
        EXPECT_EQ(asked ? "c-5" : "", applied->result.document().customer_native_id());
        EXPECT_EQ(0U, rig.transport.unused());
    }
}

// Sent again at once it would be a second customer: the runtime waits first, then the customer is looked for.
TEST(Sink, AGuestWhoseCreationGotNoAnswerIsLookedUpLater) {
    Rig rig("solteq-rest", "export_guests: true\nmatch_by_phone: false");
    events::Command command = export_command();
    events::v1::Order& order = *command.mutable_export_order()->mutable_order();
    order.clear_customer_native_id();
    order.mutable_personal()->mutable_clear()->clear_tax_id();
    const std::string none = list_of("solteq-rest", {});
    for (int i = 0; i < 2; ++i) rig.reply(none);  // the sale, the customer by e-mail
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    const Result<runtime::Applied> lost = rig.apply(command);
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind) << lost.error().message;
    rig.reply(none);
    const auto found = rig.sink->find(command, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found);  // so it is applied again
    rig.reply(none);
    rig.reply(list_of("solteq-rest", {R"({"id":"c-5","customerType":"private","email":"osto@esimerkki.example"})"}));
    rig.reply(sale_row_of("solteq-rest"), 201);
    const Result<runtime::Applied> again = rig.apply(command);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ("c-5", again->result.document().customer_native_id());
    EXPECT_EQ(0U, rig.transport.unused());
}

TEST(Sink, InvoicesNeedCredit) {
    const std::string by_invoice = "payment_types: {stripe: Invoice}";
    const std::string customers = fixture("customers", "solteq-rest");
    Rig refused("solteq-rest", by_invoice);
    refused.reply(list_of("solteq-rest", {}));
    refused.reply(customers);
    const Result<runtime::Applied> none = refused.apply(export_command());
    ASSERT_FALSE(none);
    EXPECT_EQ("making sale woo:main:10231: payment by invoice needs credit, and customer c-991 is not allowed any",
              none.error().message);
    Rig allowed("solteq-rest", by_invoice);
    allowed.reply(list_of("solteq-rest", {}));
    allowed.reply(with(customers, R"("creditAllowed": false)", R"("creditAllowed": true)"));
    allowed.reply(sale_row_of("solteq-rest"), 201);
    EXPECT_TRUE(allowed.apply(export_command()));
}

TEST(Sink, AnInvalidTaxCodeIsRefusedOrFallsBack) {
    events::Command command = export_command();
    command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear()->set_tax_id("1234567-2");
    Rig refused;
    refused.reply(list_of("solteq-rest", {}));
    const Result<runtime::Applied> applied = refused.apply(command);
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
    Rig fallen("solteq-rest", "invalid_tax_code: private\nmatch_by_phone: false");
    fallen.reply(list_of("solteq-rest", {}));
    fallen.reply(fixture("customers", "solteq-rest"));  // a company: never the private buyer
    fallen.reply(sale_row_of("solteq-rest"), 201);
    const Result<runtime::Applied> made = fallen.apply(command);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ("", made->result.document().customer_native_id());
}

const std::string kMaija =
    R"({"id":"c-2","customerType":"private","firstName":"Maija","lastName":"Mallikas","email":"uusi@example.test","phone":"040 7654321","addresses":[{"kind":"billing","street":"Katu 2","postalCode":"20100","city":"Turku","country":"FI"}],"modifiedAt":"2026-11-01T00:00:00Z"})";

TEST(Customers, AreMadeWhenNobodyMatches) {
    Rig rig;
    for (int i = 0; i < 2; ++i) rig.reply(list_of("solteq-rest", {}));  // by e-mail, by phone
    rig.reply(kMaija, 201);
    const Result<runtime::Applied> applied = rig.apply(customer_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_EQ("c-2", applied->result.native_id());
    EXPECT_EQ((std::vector<std::string>{"GET /customer/v1-ext/customers?email=uusi%40example.test&pageSize=200",
                                        "GET /customer/v1-ext/customers?phone=%2B358407654321&pageSize=200",
                                        "POST /customer/v1-ext/customers"}),
              rig.asked());
}

TEST(Customers, ThatAreTheSameAreNotWritten) {
    Rig rig;
    rig.reply(list_of("solteq-rest", {kMaija}));
    const Result<runtime::Applied> applied = rig.apply(customer_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
    EXPECT_EQ("c-2", applied->result.native_id());
}

// Rules 6.6 case 25: Woo to Solteq to Woo stops after one hop, and so does the other way round.
TEST(Customers, EchoesStopAfterOneHop) {
    Rig rig;
    rig.reply(list_of("solteq-rest", {with(kMaija, "Katu 2", "Katu 1")}));
    rig.reply(kMaija);
    const Result<runtime::Applied> written = rig.apply(customer_command());
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, written->result.outcome());
    rig.reply(list_of("solteq-rest", {}));
    const Result<runtime::Page> before = rig.source->read("customers", {}, {});
    rig.reply(list_of("solteq-rest", {with(kMaija, "2026-11-01", "2026-11-22")}));
    const Result<runtime::Page> page = rig.source->read("customers", before->next, {});
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->changes.empty());
    // The shop tells the same once more: not even a lookup.
    const std::size_t asked = rig.asked().size();
    events::Command again = customer_command();
    again.set_native_id("c-2");
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(again)->result.outcome());
    EXPECT_EQ(asked, rig.asked().size());
}

// A text that is too long for Solteq is cut: that is no change of anybody's, and the same state is not sent again.
TEST(Customers, WhatSolteqCutIsWrittenOnce) {
    Rig rig;
    const std::string cut = with(kMaija, "Katu 2", "Kat");
    rig.reply(list_of("solteq-rest", {with(kMaija, "Katu 2", "Katu 1")}));
    rig.reply(cut);
    EXPECT_EQ(OUTCOME_APPLIED, rig.apply(customer_command())->result.outcome());
    rig.reply(list_of("solteq-rest", {cut}));
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(customer_command())->result.outcome());
    // Nor after all of them were read again.
    rig.reply(list_of("solteq-rest", {cut}));
    const Result<runtime::Page> all = rig.source->read("customers", {}, {});
    ASSERT_TRUE(all);
    ASSERT_EQ(1U, all->changes.size());
    rig.reply(list_of("solteq-rest", {}));
    ASSERT_TRUE(rig.source->read("customers", all->next, {}));
    rig.reply(list_of("solteq-rest", {cut}));
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(customer_command())->result.outcome());
    rig.reply(list_of("solteq-rest", {with(kMaija, "Katu 2", "Tie 9")}));  // somebody changed it there
    rig.reply(cut);
    EXPECT_EQ(OUTCOME_APPLIED, rig.apply(customer_command())->result.outcome())
        << "the shop's state is asked for again";
}

struct Conflict {
    const char* name;
    const char* settings;
    const char* modified;
    bool written;
};
void PrintTo(const Conflict& conflict, std::ostream* out) { *out << conflict.name; }
class CustomerConflict : public ::testing::TestWithParam<Conflict> {};
TEST_P(CustomerConflict, GoesByMaster) {
    Rig rig("solteq-rest", GetParam().settings);
    rig.reply(
        list_of("solteq-rest", {with(with(kMaija, "Katu 2", "Tie 7"), "2026-11-01T00:00:00Z", GetParam().modified)}));
    if (GetParam().written) rig.reply(kMaija);
    const Result<runtime::Applied> applied = rig.apply(customer_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(GetParam().written ? OUTCOME_APPLIED : OUTCOME_UNCHANGED, applied->result.outcome());
    EXPECT_EQ(GetParam().written ? 0U : 1U, applied->seen.size());
    if (!GetParam().written) {
        EXPECT_EQ("Tie 7", applied->seen[0].event->customer().personal().clear().billing().line_1());
    }
}
INSTANTIATE_TEST_SUITE_P(  // the command was caused at 2026-11-22T00:00:00Z
    Of, CustomerConflict,
    ::testing::Values(Conflict{"LongAgo", "", "2026-11-21T20:00:00Z", true},
                      Conflict{"SolteqInTheWindow", "", "2026-11-21T23:50:00Z", false},
                      Conflict{"WooInTheWindow", "customer_master: woo", "2026-11-21T23:50:00Z", true},
                      Conflict{"LatestIsWoo", "customer_master: latest", "2026-11-21T23:50:00Z", true},
                      Conflict{"LatestIsSolteq", "customer_master: latest", "2026-11-22T00:01:00Z", false}),
    [](const auto& test) { return test.param.name; });

// Rules 6.6 case 30, where Solteq's state is told again.
TEST(Customers, OfAnUnknownKindAreToldWithoutIt) {
    Rig rig;
    const std::string theirs = with(with(kMaija, "Katu 2", "Tie 7"), "2026-11-01T00:00:00Z", "2026-11-21T23:50:00Z");
    events::Command command = customer_command();
    command.set_native_id("c-2");
    rig.reply(with(theirs, R"("private")", R"("guild")"));
    const Result<runtime::Applied> applied = rig.apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_EQ(1U, applied->seen.size());
    EXPECT_EQ("", applied->seen[0].event->customer().kind());
}

TEST(Customers, AreNeverMatchedByNameOrAcrossKinds) {
    Rig rig("solteq-rest", "match_by_phone: false");
    // The remote ignores the filter and shows people of the same name, and a company with this e-mail.
    rig.reply(list_of("solteq-rest", {with(kMaija, "uusi@", "toinen@"), with(kMaija, R"("private")", R"("company")")}));
    rig.reply(with(kMaija, "c-2", "c-7"), 201);
    const Result<runtime::Applied> applied = rig.apply(customer_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("c-7", applied->result.native_id());
    EXPECT_TRUE(rig.asked().back().starts_with("POST"));
}

TEST(Customers, AreTakenByTheirLinkFirst) {
    Rig rig;
    rig.reply(with(kMaija, "uusi@", "vanha@"));
    rig.reply(kMaija);
    events::Command command = customer_command();
    command.set_native_id("c-2");
    const Result<runtime::Applied> applied = rig.apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ((std::vector<std::string>{"GET /customer/v1-ext/customers/c-2", "PUT /customer/v1-ext/customers/c-2"}),
              rig.asked());
    // One that is gone there is looked for by who it is.
    rig.reply("{}", 404);
    rig.reply(list_of("solteq-rest", {with(kMaija, "c-2", "c-8")}));
    command = customer_command();
    command.set_native_id("c-3");
    EXPECT_EQ("c-8", rig.apply(command)->result.native_id());
}

TEST(Customers, WhoseCreationGotNoAnswerAreLookedUp) {
    Rig rig("solteq-rest", "match_by_phone: false");
    rig.reply(list_of("solteq-rest", {}));
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    EXPECT_EQ(ErrorKind::kAmbiguous, rig.apply(customer_command()).error().kind);
    rig.reply(list_of("solteq-rest", {kMaija}));
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(customer_command())->result.outcome());
}

TEST(Sink, TakesNoOtherCommand) {
    Rig rig;
    events::Command command;
    command.mutable_set_stock()->set_sku("A");
    EXPECT_EQ(ErrorKind::kRejected, rig.apply(command).error().kind);
}

}  // namespace
}  // namespace shopwire::solteq
