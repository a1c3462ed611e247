// Goal: a customer of another system becomes one account of the shop.  Method: see sandbox_test.cpp.
#include "tests/contract/woocommerce/simulator.h"

namespace shopwire::woocommerce {
namespace {

events::Command customer(const std::string& external_id, const std::string& email) {
    events::Command command;
    commands::v1::UpsertCustomer& upsert = *command.mutable_upsert_customer();
    upsert.set_external_id(external_id);
    upsert.mutable_customer()->set_active(true);
    events::v1::PersonalFields& personal = *upsert.mutable_customer()->mutable_personal()->mutable_clear();
    personal.set_email(email);
    personal.set_phone("+381 11 1");
    personal.set_tax_id("100000008");
    personal.mutable_billing()->set_first_name("Ana");
    personal.mutable_billing()->set_company("Salt & Pepper doo");
    personal.mutable_billing()->set_line_1("Knez Mihailova 1");
    personal.mutable_billing()->set_country("RS");
    personal.mutable_shipping()->set_city("Beograd");
    return command;
}

class SandboxCustomer : public SandboxShop {
 protected:
    json::Document shown(const std::string& id) { return shop->client().get(List::kCustomers, id, "", {}).value(); }
};

TEST_F(SandboxCustomer, IsMadeOnceAndThenOnlyChanged) {
    events::Command command = customer("C-1", "ana@example.test");
    Sink sink(shop);
    EXPECT_FALSE(sink.find(command, {}).value());
    const Result<runtime::Applied> made = apply(command);
    ASSERT_TRUE(made) << made.error().message;
    const std::string id = made->result.native_id();
    const json::Document row = shown(id);
    EXPECT_EQ(row.root().member("email").text(), "ana@example.test");
    EXPECT_EQ(row.root().member("first_name").text(), "Ana");
    EXPECT_EQ(row.root().member("billing").member("phone").text(), "+381 11 1");
    EXPECT_EQ(row.root().member("shipping").member("city").text(), "Beograd");
    EXPECT_TRUE(sink.find(command, {}).value());
    const std::size_t before = writes();
    EXPECT_EQ(apply(command)->result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    EXPECT_EQ(writes(), before);
    command.mutable_upsert_customer()->mutable_customer()->mutable_personal()->mutable_clear()->set_phone("+381 11 2");
    EXPECT_EQ(apply(command)->result.native_id(), id);
    EXPECT_EQ(writes(), before + 1);
    EXPECT_EQ(shown(id).root().member("billing").member("phone").text(), "+381 11 2");
}

TEST_F(SandboxCustomer, ComesBackAsAnEventWithTheIdOfTheOtherSystem) {
    ASSERT_TRUE(apply(customer("C-1", "ana@example.test")));
    runtime::Cursor cursor;
    const std::vector<runtime::Change> changes = drain(kCustomers, cursor);
    ASSERT_EQ(changes.size(), 1U);
    const events::v1::Customer& told = changes[0].event->customer();
    EXPECT_EQ(told.external_id(), "C-1");
    EXPECT_TRUE(told.company());
    EXPECT_EQ(told.personal().clear().tax_id(), "100000008");
}

TEST_F(SandboxCustomer, IsFoundByTheIdOfTheOtherSystemWhenItsMailHasChanged) {
    const std::string id = apply(customer("C-1", "ana@example.test"))->result.native_id();
    connect();  // a new process knows nothing
    runtime::Cursor cursor;
    drain(kCustomers, cursor);
    const Result<runtime::Applied> again = apply(customer("C-1", "ana.new@example.test"));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->result.native_id(), id);
    EXPECT_EQ(shown(id).root().member("email").text(), "ana@example.test");  // it is the account's login
    EXPECT_EQ(shown(id).root().member("billing").member("email").text(), "ana.new@example.test");
}

TEST_F(SandboxCustomer, AnAccountThatIsThereIsTakenOver) {
    simulator.control("seed", R"({"customers":[{"email":"Ana@example.test","first_name":"Ana"}]})");
    const Result<runtime::Applied> taken = apply(customer("C-1", "ana@example.test"));
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(simulator.control("state").root().member("customers").text(), "1");
}

TEST_F(SandboxCustomer, ALostAnswerMakesNoSecondAccount) {
    simulator.control("faults", R"([{"match":{"method":"POST","path_regex":"/customers$"},"times":1,)"
                                R"("fault":{"kind":"apply_then_drop"}}])");
    const events::Command command = customer("C-1", "ana@example.test");
    EXPECT_EQ(apply(command).error().kind, ErrorKind::kAmbiguous);
    Sink sink(shop);
    EXPECT_TRUE(sink.find(command, {}).value());
    EXPECT_EQ(apply(command)->result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    EXPECT_EQ(simulator.control("state").root().member("customers").text(), "1");
}

TEST_F(SandboxCustomer, IsRefusedWithoutAMail) {
    const Result<runtime::Applied> refused = apply(customer("C-1", ""));
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(apply(customer("C-2", "not-a-mail")).error().kind, ErrorKind::kRejected);
}

}  // namespace
}  // namespace shopwire::woocommerce
