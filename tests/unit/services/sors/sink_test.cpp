// Goal: one order makes one document, whatever happens to the answers; what is found with other content is never taken
// for ours.
#include "services/sors/sink.h"

#include <atomic>
#include <thread>

#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

class SinkOf : public ::testing::TestWithParam<const char*> {
 protected:
    Wire wire_ = wire(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Dialect, SinkOf, ::testing::Values("sors-en", "sors-sr"),
                         [](const auto& test) { return std::string(test.param) == "sors-en" ? "English" : "Serbian"; });

TEST_P(SinkOf, ExportsAnOrderWithANewCustomer) {
    Rig rig(GetParam());
    for (const std::string& body : {wire_.no_rows, wire_.no_rows, wire_.no_rows, wire_.customer_made, wire_.document})
        rig.transport.reply(200, body);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    const auto& result = applied->result;
    EXPECT_EQ(OUTCOME_APPLIED, result.outcome());
    EXPECT_EQ("", result.error());
    EXPECT_EQ("Shop2026/55120", result.native_id());
    EXPECT_EQ("1/2026", result.document().number());
    EXPECT_EQ("K-0990", result.document().customer_native_id());
    EXPECT_EQ(dec("3500"), events::from_proto(result.document().total()));
    EXPECT_EQ(dec("3500"), events::from_proto(result.document().expected_total()));
    EXPECT_FALSE(result.document().found());
    EXPECT_EQ(0U, rig.transport.unused());
}

TEST_P(SinkOf, FindsTheDocumentOfAnEarlierAttempt) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire_.document_row);
    rig.transport.reply(200, wire_.document_whole);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(applied->result.document().found());
    EXPECT_EQ(2U, rig.transport.requests().size());
}

TEST_P(SinkOf, RefusesADocumentWithOtherLines) {
    Rig rig(GetParam());
    events::Command command = export_command();
    *command.mutable_export_order()->mutable_order()->mutable_lines(0)->mutable_quantity() = pdec("2");
    rig.transport.reply(200, wire_.document_row);
    rig.transport.reply(200, wire_.document_whole);
    const Result<runtime::Applied> applied = rig.apply(command);
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
    EXPECT_TRUE(applied.error().message.starts_with("DUPLICATE_WITH_OTHER_CONTENT")) << applied.error().message;
}

TEST_P(SinkOf, ReadsTheDuplicateThatSorsReports) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire_.no_rows);  // the lookup lags behind
    rig.transport.reply(200, wire_.customer);
    rig.transport.reply(GetParam() == std::string("sors-en") ? 409 : 200, wire_.duplicate);
    rig.transport.reply(200, wire_.document_row);
    rig.transport.reply(200, wire_.document_whole);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(applied->result.document().found());
}

TEST_P(SinkOf, WaitsWhenTheDuplicateDoesNotShowYet) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire_.no_rows);
    rig.transport.reply(200, wire_.customer);
    rig.transport.reply(200, wire_.duplicate);
    rig.transport.reply(200, wire_.no_rows);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kTransient, applied.error().kind);
}

TEST_P(SinkOf, LeavesALostAnswerToTheLookup) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire_.no_rows);
    rig.transport.reply(200, wire_.customer);
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kAmbiguous, applied.error().kind);

    rig.transport.reply(200, wire_.document_row);
    rig.transport.reply(200, wire_.document_whole);
    const auto found = rig.sink->find(export_command(), {});
    ASSERT_TRUE(found && *found);
    EXPECT_TRUE(found->value().result.document().found());

    rig.transport.reply(200, wire_.no_rows);
    const auto absent = rig.sink->find(export_command(), {});
    ASSERT_TRUE(absent);
    EXPECT_FALSE(*absent);
}

struct Unsure {
    const char* name;
    const char* settings;
    bool can_find;
    bool resend;  // find() says "surely not"; else it says that it cannot tell
};
void PrintTo(const Unsure& unsure, std::ostream* out) { *out << unsure.name; }
class AmbiguousRule : public ::testing::TestWithParam<Unsure> {};

TEST_P(AmbiguousRule, DecidesWhatAnEmptyLookupMeans) {
    Rig rig("sors-en", GetParam().settings,
            GetParam().can_find ? std::vector<std::string>{} : std::vector<std::string>{"find_document"});
    rig.transport.otherwise([](const http::Request&, std::stop_token) {
        return http::Response{.status = 200, .body = wire("sors-en").no_rows};
    });
    const auto found = rig.sink->find(export_command(), {});
    if (GetParam().resend) {
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_FALSE(*found);
    } else {
        ASSERT_FALSE(found);
        EXPECT_EQ(ErrorKind::kAmbiguous, found.error().kind);
    }
}

INSTANTIATE_TEST_SUITE_P(Sink, AmbiguousRule,
                         ::testing::Values(Unsure{"Lookup", "on_ambiguous: lookup", true, true},
                                           Unsure{"LookupThatMayLag", "lookup_reliable: off", true, false},
                                           Unsure{"LookupThatIsMissing", "on_ambiguous: lookup", false, false},
                                           Unsure{"Park", "on_ambiguous: park", true, false},
                                           Unsure{"ResendWithoutLookup", "on_ambiguous: resend", false, true}),
                         [](const auto& test) { return test.param.name; });

TEST_P(SinkOf, FindsACustomerAgainWhoseCreationGotNoAnswer) {
    Rig rig(GetParam());
    for (int i = 0; i < 3; ++i) rig.transport.reply(200, wire_.no_rows);
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    rig.transport.reply(200, wire_.no_rows);  // by e-mail: not yet
    rig.transport.reply(200, wire_.no_rows);  // by phone
    rig.transport.reply(200, wire_.customer);
    rig.transport.reply(200, wire_.document);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("K-0990", applied->result.document().customer_native_id());
    EXPECT_EQ(0U, rig.transport.unused());
}

// Whether a write may still leave is the runtime's to say, up to the wire: a system that is merely slow gets its
// orders.
TEST_P(SinkOf, ASlowSystemGetsItsDocuments) {
    Rig rig(GetParam());
    rig.transport.reply_by([&, this](const http::Request&, std::stop_token) -> Result<http::Response> {
        rig.clock.advance(std::chrono::seconds(50));
        return http::Response{.status = 200, .body = wire_.no_rows};
    });
    rig.transport.reply(200, wire_.customer);
    rig.transport.reply(200, wire_.document);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    EXPECT_TRUE(applied) << applied.error().message;
}

TEST_P(SinkOf, MakesOneCustomerForTwoOrdersOfOneGuest) {
    Rig rig(GetParam());
    std::atomic<int> created = 0;
    rig.transport.otherwise([&, this](const http::Request& request, std::stop_token) {
        if (request.operation == "create_customer") ++created;
        const std::string& body = request.operation == "create_customer"   ? wire_.customer_made
                                  : request.operation == "create_document" ? wire_.document
                                                                           : wire_.no_rows;  // lookups never catch up
        return http::Response{.status = 200, .body = body};
    });
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> workers(4);
        for (std::jthread& worker : workers)
            worker = std::jthread([&] { good += rig.apply(export_command()).has_value(); });
    }
    EXPECT_EQ(4, good);
    EXPECT_EQ(1, created);
}

TEST_P(SinkOf, ReportsATotalThatIsNotTheOrders) {
    Rig rig(GetParam());
    std::string other = wire_.document;
    const std::string from = GetParam() == std::string("sors-en") ? "3500.0" : "3.500,00";
    other.replace(other.find(from), from.size(), GetParam() == std::string("sors-en") ? "3400.0" : "3.400,00");
    for (const std::string& body : {wire_.no_rows, wire_.customer, other}) rig.transport.reply(200, body);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_EQ("exported with difference -100.00: SORS has 3400.00, the order 3500.00", applied->result.error());
    EXPECT_NE(std::string::npos,
              rig.metrics->text().find("shopwire_sors_documents_with_difference_total{connection=\"acme/erp\"} 1"));
}

TEST_P(SinkOf, CancelsAndTakesAbsenceForCancelled) {
    Rig rig(GetParam());
    events::Command command;
    auto& cancel = *command.mutable_cancel_document();
    cancel.set_external_number("WC-10231");
    cancel.set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    cancel.set_native_id("Shop2026/55120");
    rig.transport.reply(200, wire_.no_rows);  // it was not made anew
    rig.transport.reply(200, wire_.document);
    EXPECT_EQ(OUTCOME_APPLIED, rig.apply(command)->result.outcome());
    cancel.clear_native_id();
    rig.transport.reply(200, wire_.no_rows);
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(command)->result.outcome());
    rig.transport.reply(404);
    EXPECT_EQ(OUTCOME_UNCHANGED, rig.apply(command)->result.outcome());
}

// The lookup lags behind the document: what the journal knows counts.
TEST_P(SinkOf, CancelsTheDocumentOfTheJournal) {
    Rig rig(GetParam());
    events::Command command;
    command.mutable_cancel_document()->set_external_number("WC-10231");
    command.mutable_cancel_document()->set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    command.set_native_id("Shop2026/55120");
    rig.transport.reply(200, wire_.no_rows);  // it was not made anew
    rig.transport.reply(200, wire_.document);
    const Result<runtime::Applied> applied = rig.apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_EQ("Shop2026/55120", applied->result.native_id());
    EXPECT_EQ(2U, rig.transport.requests().size());
}

TEST(Sink, TakesNoKnownDocumentForAbsent) {
    Rig rig("sors-en", "databases: [{database: A, valid_to: 2026-12-31}, {database: B, valid_from: 2027-01-01}]");
    events::Command command;
    command.mutable_cancel_document()->set_external_number("WC-10231");
    command.mutable_cancel_document()->set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    command.set_native_id("55120");  // in which database?
    rig.transport.reply(404);
    rig.transport.reply(200, wire("sors-en").no_rows);
    const Result<runtime::Applied> applied = rig.apply(command);
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kTransient, applied.error().kind);
}

TEST(Sink, UsesOneCustomerForAllConsumersWhenToldTo) {
    Rig rig("sors-sr", "b2c_customer: single_generic\ngeneric_customer_code: K-0990");
    const Wire sr = wire("sors-sr");
    for (const std::string& body : {sr.no_rows, sr.customer, sr.document}) rig.transport.reply(200, body);
    ASSERT_TRUE(rig.apply(export_command()));
    EXPECT_EQ("GET /Shop2026/partneri?sifra=K-0990&od=0&do=50", rig.asked().at(1));
}

TEST(Sink, SendsADocumentToTheDatabaseOfItsDate) {
    Rig rig("sors-sr",
            "databases: [{database: Shop2026, valid_to: 2026-12-31}, {database: Shop2027, valid_from: 2027-01-01}]");
    rig.transport.otherwise([](const http::Request&, std::stop_token) { return http::Response{.status = 500}; });
    events::Command command = export_command();
    (void)rig.apply(command);
    command.mutable_export_order()->mutable_order()->set_created_at_ms(
        1798758000000);  // 2026-12-31 23:00 UTC: new year in Belgrade
    (void)rig.apply(command);
    EXPECT_TRUE(rig.asked().front().starts_with("GET /Shop2026/dokumenti")) << rig.asked().front();
    EXPECT_TRUE(rig.asked().back().starts_with("GET /Shop2027/dokumenti")) << rig.asked().back();
}

TEST(Sink, RefusesToExportWhenThatIsOff) {
    Rig rig("sors-en", "export_orders: off");
    EXPECT_EQ(ErrorKind::kRejected, rig.apply(export_command()).error().kind);
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST(Sink, LooksForArticlesBeforeItLeavesALineOut) {
    Rig rig("sors-en", "unknown_sku: skip_line");
    const Wire en = wire("sors-en");
    rig.transport.reply(200, en.no_rows);
    rig.transport.reply(200, en.no_rows);  // list_products by code
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ("making document WC-10231: the order has no line that SORS could take", applied.error().message);
}

}  // namespace
}  // namespace shopwire::sors
