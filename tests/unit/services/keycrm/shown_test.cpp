// Goal: a write counts as done once KeyCRM shows what it wrote.  A 200 of a proxy, or of a page that asks for a login,
// shows nothing: nobody can tell what KeyCRM did.  Method: scripted answers.
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

events::Command update() {
    events::Command command;
    command.set_native_id("7001");
    *command.mutable_update_order()->mutable_order() = shop_order();
    command.mutable_update_order()->set_external_number("WC-10234");
    command.mutable_update_order()->set_order_connection("shop");
    return command;
}

events::Command cancel() {
    events::Command command;
    command.mutable_cancel_document()->set_external_number("WC-10234");
    command.mutable_cancel_document()->set_native_id("7001");
    return command;
}

// One write: what is read before it, and the least that KeyCRM's own answer shows.
struct Write {
    const char* what;
    std::string held;
    events::Command command;
    std::string shows;
    std::vector<std::string> update;  // what of a changed order is written
};

std::vector<Write> writes() {
    const std::string unpaid = R"({"id":7001,"status_id":4,"status_group_id":2,"grand_total":811})";
    const std::string cancelled = held(R"("status_id":19,"status_group_id":6)", "not_paid");
    return {{"an order is changed", unpaid, update(), R"({"id":"7001","grand_total":811})", {"comment"}},
            {"a payment is settled", held(R"("status_id":4)", "not_paid"), update(), R"({"id":55})", {"payments"}},
            {"a payment is added", unpaid, update(), R"({"id":"56"})", {"payments"}},
            {"an order is cancelled", held(), cancel(), R"({"id":7001})", {}},
            {"its payment is cancelled", cancelled, cancel(), R"({"id":"55"})", {}}};
}

Result<runtime::Applied> answered(const Write& write, int status, const std::string& answer) {
    Settings with = settings();
    with.update = write.update;
    TestAccount account(with);
    account.transport.reply(200, write.held);
    account.transport.reply(status, answer);
    return account.apply(write.command);
}

TEST(KeycrmShown, ASuccessThatShowsNothingIsInDoubt) {
    for (const Write& write : writes()) {
        for (const char* nothing : {"{}", "[]", "null", R"({"status":true})", R"({"id":null})", R"({"id":""})"}) {
            const Result<runtime::Applied> applied = answered(write, 200, nothing);
            ASSERT_FALSE(applied) << write.what << ": " << nothing;
            EXPECT_EQ(applied.error().kind, ErrorKind::kAmbiguous) << write.what << ": " << nothing;
        }
    }
}

TEST(KeycrmShown, AnAnswerNeedNotShowMore) {
    for (const Write& write : writes()) {
        const Result<runtime::Applied> applied = answered(write, 202, write.shows);
        ASSERT_TRUE(applied) << write.what << ": " << applied.error().message;
        EXPECT_EQ(applied->result.outcome(), commands::v1::OUTCOME_APPLIED) << write.what;
    }
}

TEST(KeycrmShown, AnAnswerThatNamesAnotherIsInDoubt) {
    for (const Write& write : writes()) {
        if (write.what == std::string("a payment is added")) continue;  // whatever its number is
        const Result<runtime::Applied> applied = answered(write, 202, R"({"id":9,"grand_total":811})");
        ASSERT_FALSE(applied) << write.what;
        EXPECT_EQ(applied.error().kind, ErrorKind::kAmbiguous) << write.what;
    }
}

}  // namespace
}  // namespace shopwire::keycrm
