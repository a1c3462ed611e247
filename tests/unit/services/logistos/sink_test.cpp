// Goal: each order once, whatever happens to the answers; what may not leave does not; what cannot be done is said.
#include "services/logistos/sink.h"

#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

class SinkOf : public DialectTest {};
INSTANTIATE_TEST_SUITE_P(Dialect, SinkOf, both_dialects(), dialect_name);

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_P(SinkOf, ExportsAnOrder) {
    Rig rig(GetParam());
    rig.connected();
    rig.transport.reply(200, wire_.taken);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_EQ("90001/10234", applied->result.native_id());
    const auto& document = applied->result.document();
    EXPECT_EQ("WC-10234", document.external_number());
    EXPECT_EQ("90001", document.number());
    EXPECT_EQ(events::v1::DOCUMENT_TYPE_DELIVERY_NOTE, document.type());
    EXPECT_EQ(dec("1645"), events::from_proto(document.total()));
    EXPECT_FALSE(document.found());
}

TEST_P(SinkOf, WaitsUntilTheStoreIsConnected) {
    Rig rig(GetParam());
    const Result<runtime::Applied> early = rig.apply(export_command());
    ASSERT_FALSE(early);
    EXPECT_EQ(ErrorKind::kRateLimited, early.error().kind);  // costs no attempt
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST_P(SinkOf, NeedsNoConnectionThatOthersMade) {
    Rig rig(GetParam(), "integration: off");
    rig.transport.reply(200, wire_.taken);
    EXPECT_TRUE(rig.apply(export_command()));
}

TEST_P(SinkOf, RefusesOrdersOfADisconnectedStore) {
    Rig rig(GetParam(), "integration: disconnect");
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
}

TEST_P(SinkOf, ReadsAConflictAsDone) {
    Rig rig(GetParam());
    rig.connected();
    rig.transport.reply(409, wire_.duplicate);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_TRUE(applied->result.document().found());
    EXPECT_EQ("/10234", applied->result.native_id());
}

TEST_P(SinkOf, SendsNothingOfAVirtualOrder) {
    Rig rig(GetParam());
    rig.connected();
    events::v1::Order order = sample_order();
    order.mutable_lines(0)->set_needs_shipping(false);
    const Result<runtime::Applied> applied = rig.apply(export_command(order));
    ASSERT_TRUE(applied);
    EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
    EXPECT_EQ("nothing of order WC-10234 can be carried", applied->result.error());
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST_P(SinkOf, ParksAnUnpaidOrderUntilItsNextState) {
    Rig rig(GetParam());
    rig.connected();
    events::v1::Order order = sample_order();
    order.set_status("pending");
    const Result<runtime::Applied> applied = rig.apply(export_command(order));
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
    EXPECT_TRUE(has(applied.error().message, "exporting order WC-10234: status pending")) << applied.error().message;
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST_P(SinkOf, NamesABadAddressWithoutQuotingIt) {
    Rig rig(GetParam());
    rig.connected();
    events::v1::Order order = sample_order();
    order.mutable_personal()->mutable_clear()->mutable_shipping()->set_postal_code("SW1A 1AA");
    const Result<runtime::Applied> applied = rig.apply(export_command(order));
    ASSERT_FALSE(applied);
    EXPECT_EQ("exporting order WC-10234: the shipping PIN is not six digits", applied.error().message);
}

struct Answer {
    const char* name;
    int status;
    std::string Wire::* body;
    const char* text;           // when `body` is null
    ErrorKind flat, batch;      // what the sink says
};
void PrintTo(const Answer& answer, std::ostream* out) { *out << answer.name; }
class AnswerOf : public ::testing::TestWithParam<Answer> {};

TEST_P(AnswerOf, IsUnderstood) {
    for (const std::string dialect : {"logistos-flat", "logistos-batch"}) {
        Rig rig(dialect);
        rig.connected();
        const Wire answers = wire(dialect);
        rig.transport.otherwise([&](const http::Request&, std::stop_token) {
            return http::Response{.status = GetParam().status,
                                  .headers = {{"Retry-After", "7"}},
                                  .body = GetParam().body == nullptr ? GetParam().text : answers.*GetParam().body};
        });
        const Result<runtime::Applied> applied = rig.apply(export_command());
        ASSERT_FALSE(applied) << dialect;
        EXPECT_EQ(dialect == "logistos-flat" ? GetParam().flat : GetParam().batch, applied.error().kind)
            << dialect << ": " << applied.error().message;
        EXPECT_EQ(applied.error().kind == ErrorKind::kAuth, rig.room->refused.load());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Sink, AnswerOf,
    ::testing::Values(
        Answer{"BadRequest", 400, &Wire::bad, "", ErrorKind::kRejected, ErrorKind::kRejected},
        Answer{"FieldErrors", 400, nullptr, R"({"total":["This field is required."]})", ErrorKind::kRejected,
               ErrorKind::kRejected},
        Answer{"SuccessFalseIn200", 200, &Wire::bad, "", ErrorKind::kRejected, ErrorKind::kRejected},
        Answer{"StoreUnknown404", 404, &Wire::unknown_store, "", ErrorKind::kAuth, ErrorKind::kAuth},
        Answer{"StoreUnknown403", 403, &Wire::unknown_store, "", ErrorKind::kAuth, ErrorKind::kAuth},
        Answer{"NoSuchPage", 404, nullptr, "<html>Not Found</html>", ErrorKind::kAuth, ErrorKind::kAuth},
        Answer{"Redirect", 301, nullptr, "", ErrorKind::kAuth, ErrorKind::kAuth},
        Answer{"TooMany", 429, nullptr, "", ErrorKind::kRateLimited, ErrorKind::kRateLimited},
        Answer{"BrokenServer", 500, nullptr, "{}", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"GatewayPage", 502, nullptr, "<html>Bad Gateway</html>", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"HtmlIn200", 200, nullptr, "<html>welcome</html>", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"CutAnswer", 200, nullptr, R"({"success":true,"or)", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"EmptyResults", 200, nullptr, R"({"results":[]})", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"EmptyObject", 200, nullptr, "{}", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"EmptyList", 200, nullptr, "[]", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"EmptyBody", 200, nullptr, "", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"EmptyBody202", 202, nullptr, "", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"StatusErrorIn200", 200, nullptr, R"({"status":"error"})", ErrorKind::kTransient, ErrorKind::kAmbiguous},
        Answer{"DetailIn200", 200, nullptr, R"({"detail":"Not now."})", ErrorKind::kTransient, ErrorKind::kAmbiguous}),
    [](const auto& test) { return test.param.name; });

// Only a word of Logistos is proof: else the order would be lost without a trace.
TEST_P(SinkOf, TakesNoAnswerForAnOrderThatSaysNothingOfIt) {
    std::vector<std::string> bodies = no_word();
    bodies.push_back(flat_ ? R"({"success":true})" : R"({"results":[{"ok":true}]})");  // taken, but as what?
    bodies.push_back(flat_ ? R"({"success":true,"logistos_order_id":null})" : R"({"ok":true})");
    for (const int status : {200, 202})
        for (const std::string& body : bodies) {
            Rig rig(GetParam(), "resend_on_change: on");
            rig.connected();
            rig.transport.otherwise(
                [&](const http::Request&, std::stop_token) { return http::Response{.status = status, .body = body}; });
            for (const events::Command& command : {export_command(), update_command("90001/10234")}) {
                const Result<runtime::Applied> applied = rig.apply(command);
                ASSERT_FALSE(applied) << status << " " << body;
                EXPECT_EQ(flat_ ? ErrorKind::kTransient : ErrorKind::kAmbiguous, applied.error().kind)
                    << status << " " << body << ": " << applied.error().message;
            }
        }
}

TEST(SinkBatch, TakesNoAnswerForAFoundOrderThatSaysNothingOfIt) {
    for (const std::string& body : no_word()) {
        Rig rig("logistos-batch");
        rig.connected();
        rig.transport.otherwise(
            [&](const http::Request&, std::stop_token) { return http::Response{.status = 200, .body = body}; });
        const auto found = rig.sink->find(export_command(), {});
        ASSERT_FALSE(found) << body;
        EXPECT_EQ(ErrorKind::kTransient, found.error().kind) << body << ": " << found.error().message;
    }
}

TEST_P(SinkOf, NamesTheSettingWhenItIsRedirected) {
    Rig rig(GetParam());
    rig.connected();
    rig.transport.reply(301, "", {{"Location", "https://logistos.example/integration/woo_commerce_orders/"}});
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_TRUE(has(applied.error().message, "check base_url and trailing_slash")) << applied.error().message;
    EXPECT_EQ(1U, rig.transport.requests().size());
}

TEST_P(SinkOf, NamesTheStoreThatLogistosDoesNotKnow) {
    Rig rig(GetParam());
    rig.connected();
    rig.transport.reply(404, wire_.unknown_store);
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_TRUE(has(applied.error().message, flat_ ? "https://shop.example.test" : "UNKNOWN_SHOP"))
        << applied.error().message;
}

TEST(SinkFlat, LeavesARepeatToTheRuntimeSinceARepeatStaysOneOrder) {
    Rig rig;
    rig.connected();
    ASSERT_TRUE(rig.room->client->repeat_is_safe());
    const auto found = rig.sink->find(export_command(), {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found);
    EXPECT_TRUE(rig.transport.requests().empty()) << "a look-up writes nothing: no deadline guards it";
}

// The same route as for a new order, which may not be repeated either.
TEST(SinkBatch, SendsAChangeOnceWhenItsAnswerIsLost) {
    Rig rig("logistos-batch", "resend_on_change: on");
    rig.connected();
    rig.transport.otherwise(
        [](const http::Request&, std::stop_token) { return http::Response{.status = 502, .body = ""}; });
    const Result<runtime::Applied> applied = rig.apply(update_command("90001/10234"));
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kAmbiguous, applied.error().kind);
    EXPECT_EQ(1U, rig.transport.requests().size());
}

TEST(SinkBatch, LooksUpInDoubtAndNeverRepeatsBlindly) {
    Rig rig("logistos-batch");
    rig.connected();
    rig.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "no answer"});
    const Result<runtime::Applied> applied = rig.apply(export_command());
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kAmbiguous, applied.error().kind);

    rig.transport.reply(200, wire("logistos-batch").taken);
    const auto found = rig.sink->find(export_command(), {});
    ASSERT_TRUE(found && *found);
    EXPECT_TRUE(found->value().result.document().found());
    EXPECT_EQ("GET /integration/order?shop=https%3A%2F%2Fshop.example.test&reference=10234", rig.asked().at(1));

    rig.transport.reply(404, R"({"ok":false,"error":{"code":"NO_ORDER","text":"no such order"}})");
    const auto absent = rig.sink->find(export_command(), {});
    ASSERT_TRUE(absent) << absent.error().message;
    EXPECT_FALSE(*absent);
}

TEST(SinkBatch, TakesAPageOfTheServerForNoWordAboutTheOrder) {
    Rig rig("logistos-batch");
    rig.connected();
    rig.transport.reply(404, "<html>Not Found</html>");
    const auto found = rig.sink->find(export_command(), {});
    ASSERT_FALSE(found);
    EXPECT_EQ(ErrorKind::kAmbiguous, found.error().kind);
}

TEST(SinkBatch, ParksInDoubtWhenItCanNeitherRepeatNorLookUp) {
    Rig rig("logistos-batch", {}, {"find_order"});
    rig.connected();
    const auto found = rig.sink->find(export_command(), {});
    ASSERT_FALSE(found);
    EXPECT_EQ(ErrorKind::kAmbiguous, found.error().kind);
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST_P(SinkOf, SendsNoChangeUnlessAskedTo) {
    Rig rig(GetParam());
    rig.connected();
    for (const events::Command& command : {update_command("90001/10234"), cancel_command("90001/10234")}) {
        const Result<runtime::Applied> applied = rig.apply(command);
        ASSERT_TRUE(applied);
        EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
        EXPECT_TRUE(has(applied->result.error(), "resend_on_change is off")) << applied->result.error();
        EXPECT_EQ("90001/10234", applied->result.native_id());
    }
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST_P(SinkOf, SendsAChangeWhenAskedTo) {
    Rig rig(GetParam(), "resend_on_change: on");
    rig.connected();
    rig.transport.reply(200, wire_.taken);
    const Result<runtime::Applied> applied = rig.apply(update_command("90001/10234"));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_EQ("POST /integration/woo_commerce_orders", rig.asked().at(0));
}

TEST_P(SinkOf, SaysWhenLogistosKeepsTheFirstState) {
    Rig rig(GetParam(), "resend_on_change: on");
    rig.connected();
    rig.transport.reply(409, wire_.duplicate);
    const Result<runtime::Applied> applied = rig.apply(update_command("90001/10234"));
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRejected, applied.error().kind);
    EXPECT_TRUE(has(applied.error().message, "keeps the first state")) << applied.error().message;
}

TEST_P(SinkOf, DoesNotTakeAChangeForAnOrderThatWasNeverSent) {
    Rig rig(GetParam(), "resend_on_change: off");
    rig.connected();
    const Result<runtime::Applied> applied = rig.apply(update_command(""));
    ASSERT_FALSE(applied);  // an answer "unchanged" would lose the order
    EXPECT_EQ("changing order WC-10234: it was not exported to Logistos", applied.error().message);
}

TEST_P(SinkOf, HandsAnOrderToTrackingOnlyWhereNoListShowsIt) {
    for (const bool listed : {true, false}) {
        Rig rig(GetParam(), {}, listed ? std::vector<std::string>{} : std::vector<std::string>{"list_shipments"});
        rig.connected();
        rig.transport.reply(200, wire_.taken);
        ASSERT_TRUE(rig.apply(export_command()));
        const std::vector<Exported> waiting = rig.room->exported.waiting();
        ASSERT_EQ(listed ? 0U : 1U, waiting.size());
        EXPECT_EQ(listed ? "" : "WC-10234", listed ? std::string() : waiting[0].order_number);
    }
}

TEST_P(SinkOf, TakesNoOtherCommand) {
    Rig rig(GetParam());
    rig.connected();
    events::Command command;
    command.mutable_set_stock()->set_sku("SB-1");
    EXPECT_FALSE(rig.apply(command));
}

}  // namespace
}  // namespace shopwire::logistos
