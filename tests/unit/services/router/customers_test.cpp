// Customers of two connections are the same people: each change crosses once, and no echo starts a circle.
#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {
namespace {

using events::v1::Customer;

constexpr std::string_view kCustomers = R"(
merchant: acme
connections:
  shop: {system: alpha}
  erp: {system: beta}
routing:
  identity_key: "${env:SHOPWIRE_TEST_IDENTITY_KEY}"
  customers: [{between: [shop, erp], master: erp MORE}]
)";

constexpr std::int64_t kLater = 60'000;  // past every conflict window

// A system that stores what it is told, gives ids, and tells of every write as a change of its own.
struct Side {
    std::string connection{};
    std::map<std::string, Customer> customers{};  // by native id
    int next_id = 1;
};

class CustomersTest : public RouterTest {
 protected:
    void SetUp() override { route(""); }
    void route(const std::string& more, const std::string& master = "erp") {
        setenv("SHOPWIRE_TEST_IDENTITY_KEY", "0123456789abcdef", 1);
        std::string text(kCustomers);
        text.replace(text.find("erp MORE"), 8, master + more);
        configure(text);
    }

    Event event_of(const std::string& connection, const std::string& id, const Customer& customer) {
        Event event;
        events::v1::Source& source = *event.mutable_source();
        source.set_merchant("acme");
        source.set_connection(connection);
        source.set_system("alpha");
        source.set_origin(events::v1::ORIGIN_WEBHOOK);
        source.set_observed_at_ms(++now_ms_);
        source.set_modified_at_ms(now_ms_);
        *event.mutable_customer() = customer;
        event.mutable_customer()->set_native_id(id);
        return event;
    }
    Customer person(const std::string& email, const std::string& city) {
        Customer customer;
        events::v1::PersonalFields& fields = *customer.mutable_personal()->mutable_clear();
        fields.set_email(email);
        fields.mutable_billing()->set_first_name("Ana");
        fields.mutable_billing()->set_city(city);
        return customer;
    }
    std::string city_at(const Side& side, const std::string& id) {
        return side.customers.at(id).personal().clear().billing().city();
    }
    // Applies a command as the system does: finds by native id or e-mail, else makes.
    std::string apply(Side& side, const Command& command) {
        const Customer& wanted = command.upsert_customer().customer();
        std::string id = command.native_id();
        for (const auto& [known, customer] : side.customers)
            if (id.empty() && customer.personal().clear().email() == wanted.personal().clear().email()) id = known;
        if (id.empty()) id = side.connection + "-" + std::to_string(side.next_id++);
        side.customers[id] = wanted;
        return id;
    }
    CommandResult applied(const Command& command, const std::string& id) {
        CommandResult result = result_of(command, commands::v1::OUTCOME_APPLIED);
        result.set_native_id(id);
        result.set_finished_at_ms(++now_ms_);
        return result;
    }
    // Both sides do what they are told and tell of it, until nothing more is asked.  How many commands that were.
    int settle(bool result_first) {
        int messages = 0;
        for (std::vector<Command> sent = take(); !sent.empty(); sent = take()) {
            for (const Command& command : sent) {
                if (++messages > 20) return messages;
                Side& side = command.connection() == "shop" ? shop_ : erp_;
                const std::string id = apply(side, command);
                const Event echo = event_of(side.connection, id, side.customers.at(id));
                if (result_first) feed(applied(command, id));
                feed(echo);
                if (!result_first) feed(applied(command, id));
            }
        }
        return messages;
    }
    void change(Side& side, const std::string& id, const Customer& customer) {
        side.customers[id] = customer;
        feed(event_of(side.connection, id, customer));
    }
    Command only() {
        std::vector<Command> sent = take();
        EXPECT_EQ(sent.size(), 1U);
        return sent.empty() ? Command() : sent.front();
    }

    Side shop_{.connection = "shop"};
    Side erp_{.connection = "erp"};
};

TEST_F(CustomersTest, ANewCustomerIsMadeAtTheOtherSide) {
    change(shop_, "77", person("ana@x.example", "Nis"));
    const Command command = only();
    EXPECT_EQ(command.connection(), "erp");
    EXPECT_EQ(command.field_group(), "customer");
    EXPECT_TRUE(command.native_id().empty());
    EXPECT_EQ(command.upsert_customer().external_id(), "shop:77");
    EXPECT_EQ(command.upsert_customer().customer().personal().clear().billing().city(), "Nis");
}

TEST_F(CustomersTest, NoKeyHoldsWhoItIs) {
    feed(event_of("shop", "77", person("ana@x.example", "Nis")));
    const Command command = only();
    EXPECT_EQ(command.key().find("ana"), std::string::npos);
    EXPECT_EQ(command.cause_key(), "acme/" + command.key());
    EXPECT_EQ(command.key().size(), 32U);
}

// Edge case 25 of the rules: it stops after one hop, in whatever order echo and answer come.
TEST_F(CustomersTest, AChangeCrossesOnceHoweverItIsEchoed) {
    for (const bool result_first : {true, false}) {
        const std::string id = result_first ? "1" : "2";
        change(shop_, id, person(id + "@x.example", "Nis"));
        EXPECT_EQ(settle(result_first), 1);
        const std::string erp_id = "erp-" + id;
        ASSERT_TRUE(erp_.customers.contains(erp_id));
        now_ms_ += kLater;
        change(erp_, erp_id, person(id + "@x.example", "Beograd"));
        EXPECT_EQ(settle(result_first), 1);
        EXPECT_EQ(city_at(shop_, id), "Beograd");
        now_ms_ += kLater;
        change(shop_, id, person(id + "@x.example", "Nis"));
        EXPECT_EQ(settle(result_first), 1) << "back to what was written there once: still a change";
        EXPECT_EQ(city_at(erp_, erp_id), "Nis");
    }
    EXPECT_EQ(metrics_.customer_conflicts.value(), 0);
    EXPECT_EQ(metrics_.customer_echoes.value(), 6);
}

TEST_F(CustomersTest, TwoQuickChangesEndAtTheNewerOne) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(shop_, "1", person("a@x.example", "Zemun"));
    const Command first = only();
    change(shop_, "1", person("a@x.example", "Bor"));
    const Command second = only();
    const std::string id = apply(erp_, first);
    feed(event_of("erp", id, erp_.customers.at(id)));  // the echo of the first, while the second is on its way
    EXPECT_TRUE(take().empty());
    feed(applied(first, id));
    apply(erp_, second);
    feed(applied(second, id));
    feed(event_of("erp", id, erp_.customers.at(id)));
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(city_at(erp_, id), "Bor");
}

// The other side knows more of the person than we wrote: that is still our echo.
TEST_F(CustomersTest, AnEchoThatTellsMoreIsAnEcho) {
    Customer known = person("a@x.example", "Zemun");
    known.mutable_personal()->mutable_clear()->set_phone("0641112223");
    change(erp_, "e1", known);
    settle(true);
    now_ms_ += kLater;
    Customer less = person("a@x.example", "Bor");
    change(shop_, "shop-1", less);
    const Command command = only();
    known.mutable_personal()->mutable_clear()->mutable_billing()->set_city("Bor");
    feed(applied(command, "e1"));
    feed(event_of("erp", "e1", known));
    EXPECT_TRUE(take().empty());
}

// A shop may keep the e-mail that somebody logs in with, whatever it is told.
TEST_F(CustomersTest, WhatASideNeverTakesIsNotPushedBack) {
    change(shop_, "1", person("old@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(erp_, "erp-1", person("new@x.example", "Zemun"));
    feed(applied(only(), "1"));
    now_ms_ += kLater;
    feed(event_of("shop", "1", person("old@x.example", "Zemun")));
    EXPECT_TRUE(take().empty()) << "the new e-mail stays the ERP's";
    now_ms_ += kLater;
    feed(event_of("shop", "1", person("old@x.example", "Bor")));
    const Command city = only();
    EXPECT_EQ(city.upsert_customer().customer().personal().clear().billing().city(), "Bor");
    EXPECT_TRUE(city.upsert_customer().customer().personal().clear().email().empty());
    feed(applied(city, "erp-1"));
    feed(event_of("erp", "erp-1", person("new@x.example", "Bor")));
    EXPECT_TRUE(take().empty());
    now_ms_ += kLater;
    feed(event_of("shop", "1", person("third@x.example", "Bor")));
    EXPECT_EQ(only().upsert_customer().customer().personal().clear().email(), "third@x.example");
}

TEST_F(CustomersTest, AThirdConnectionIsToldOnceThroughTheOneThatItShares) {
    for (const bool crm_first : {true, false}) {
        const std::string erp = "{between: [shop, erp], master: erp, fields: [name, email]}";
        const std::string crm = "{between: [shop, crm], master: shop, writes: [crm], fields: [name, email]}";
        configure(
            "merchant: acme\nconnections: {shop: {system: alpha}, erp: {system: beta}, crm: {system: gamma}}\n"
            "routing:\n  identity_key: \"${env:SHOPWIRE_TEST_IDENTITY_KEY}\"\n  customers: [" +
            (crm_first ? crm + ", " + erp : erp + ", " + crm) + "]\n");
        const std::string id = crm_first ? "1" : "2";
        change(erp_, "e" + id, person(id + "@x.example", "Nis"));
        const Command to_shop = only();
        EXPECT_EQ(to_shop.connection(), "shop");
        feed(applied(to_shop, id));
        feed(event_of("shop", id, person(id + "@x.example", "Nis")));
        const Command to_crm = only();
        EXPECT_EQ(to_crm.connection(), "crm");
        feed(applied(to_crm, "c" + id));
        feed(event_of("crm", "c" + id, person(id + "@x.example", "Nis")));
        EXPECT_TRUE(take().empty());
    }
}

TEST_F(CustomersTest, WhereBothChangedTheMasterWins) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(erp_, "erp-1", person("a@x.example", "Zemun"));
    change(shop_, "1", person("a@x.example", "Bor"));
    settle(true);
    EXPECT_EQ(city_at(shop_, "1"), "Zemun");
    EXPECT_EQ(city_at(erp_, "erp-1"), "Zemun");
    EXPECT_EQ(metrics_.customer_conflicts.value(), 1);
}

TEST_F(CustomersTest, TheMastersChangeWinsAlsoWhenItIsSeenLater) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(shop_, "1", person("a@x.example", "Bor"));
    feed(event_of("erp", "erp-1", person("a@x.example", "Zemun")));  // read before ours landed there
    std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 3U) << "the shop's change, then the master's state for both";
    for (const Command& command : sent) apply(command.connection() == "shop" ? shop_ : erp_, command);
    EXPECT_EQ(city_at(shop_, "1"), "Zemun");
    EXPECT_EQ(city_at(erp_, "erp-1"), "Zemun");
}

// Both in one second: whichever is seen first and however the echoes come, the master's state stands at both, and after
// at most three messages (the first one crosses, then the master's goes to both) nothing more is said.
TEST_F(CustomersTest, ChangedOnBothSidesInOneSecondTheMasterWinsAndNothingLoops) {
    for (const std::string master : {"erp", "shop"})
        for (const std::string first : {"erp", "shop"})
            for (const bool result_first : {true, false}) {
                SCOPED_TRACE("master " + master + ", first " + first + (result_first ? ", result first" : ""));
                links_ = {};
                shop_.customers.clear();
                erp_ = {.connection = "erp"};
                route("", master);
                change(shop_, "1", person("a@x.example", "Nis"));
                EXPECT_EQ(settle(result_first), 1);
                now_ms_ += kLater;
                const Event at_shop = event_of("shop", "1", person("a@x.example", "Bor"));
                Event at_erp = event_of("erp", "erp-1", person("a@x.example", "Zemun"));
                at_erp.mutable_source()->set_modified_at_ms(at_shop.source().modified_at_ms());
                shop_.customers["1"] = person("a@x.example", "Bor");
                erp_.customers["erp-1"] = person("a@x.example", "Zemun");
                feed(first == "shop" ? at_shop : at_erp);
                feed(first == "shop" ? at_erp : at_shop);
                EXPECT_EQ(settle(result_first), first == master ? 1 : 3);
                const std::string wins = master == "erp" ? "Zemun" : "Bor";
                EXPECT_EQ(city_at(shop_, "1"), wins);
                EXPECT_EQ(city_at(erp_, "erp-1"), wins);
                now_ms_ += kLater;
                change(shop_, "1", shop_.customers.at("1"));
                change(erp_, "erp-1", erp_.customers.at("erp-1"));
                EXPECT_EQ(settle(result_first), 0) << "told once more, as by a sweep";
            }
}

TEST_F(CustomersTest, AShopsChangeAfterTheWindowIsAChange) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(erp_, "erp-1", person("a@x.example", "Zemun"));
    settle(true);
    now_ms_ += kLater;
    change(shop_, "1", person("a@x.example", "Bor"));
    EXPECT_EQ(settle(true), 1);
    EXPECT_EQ(city_at(erp_, "erp-1"), "Bor");
}

TEST_F(CustomersTest, WhereBothHaveThePersonAtTheStartTheMastersStateStands) {
    route(", creates: []");
    change(erp_, "e9", person("a@x.example", "Zemun"));
    EXPECT_TRUE(take().empty()) << "nothing may be made";
    change(shop_, "5", person("A@x.example ", "Nis"));
    const Command command = only();
    EXPECT_EQ(command.connection(), "shop");
    EXPECT_EQ(command.native_id(), "5");
    EXPECT_EQ(command.upsert_customer().customer().personal().clear().billing().city(), "Zemun");
}

TEST_F(CustomersTest, AChangedEmailMakesNoSecondCustomer) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(shop_, "1", person("new@x.example", "Nis"));
    EXPECT_EQ(settle(true), 1);
    EXPECT_EQ(erp_.customers.size(), 1U);
    now_ms_ += kLater;
    change(erp_, "erp-1", person("third@x.example", "Nis"));
    const Command command = only();
    EXPECT_EQ(command.native_id(), "1") << "the side that was made is known by its id too";
}

TEST_F(CustomersTest, ASecondAccountOfTheSamePersonIsCounted) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    feed(event_of("shop", "2", person("a@x.example", "Bor")));
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.customers_doubled.value(), 1);
}

TEST_F(CustomersTest, OneDirectionWritesOneSide) {
    route(", writes: [erp]");
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(erp_, "erp-1", person("a@x.example", "Zemun"));
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.not_owner.value(), 1);
}

TEST_F(CustomersTest, WhatDoesNotCrossIsNoChange) {
    route(", fields: [name, email]");
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    now_ms_ += kLater;
    change(shop_, "1", person("a@x.example", "Bor"));
    EXPECT_TRUE(take().empty());
}

TEST_F(CustomersTest, ARefusedCustomerIsTriedAgainWithTheNextState) {
    change(shop_, "1", person("a@x.example", "Nis"));
    CommandResult refused = result_of(only(), commands::v1::OUTCOME_PARKED);
    refused.set_error("the customer has no last name");
    feed(refused);
    EXPECT_EQ(metrics_.customers_refused.value(), 1);
    Customer touched = person("a@x.example", "Nis");
    touched.mutable_personal()->mutable_clear()->set_note("touched");
    change(shop_, "1", touched);
    EXPECT_EQ(only().sequence(), 2U);
}

TEST_F(CustomersTest, ADeletedCustomerIsForgottenAtThatSide) {
    change(shop_, "1", person("a@x.example", "Nis"));
    settle(true);
    Event gone = event_of("shop", "1", Customer());
    gone.mutable_deleted()->set_entity("customer");
    gone.mutable_deleted()->set_native_id("1");
    feed(gone);
    EXPECT_TRUE(take().empty()) << "nobody is deleted";
    now_ms_ += kLater;
    change(shop_, "8", person("a@x.example", "Bor"));
    EXPECT_EQ(settle(true), 1);
    EXPECT_EQ(city_at(shop_, "8"), "Nis") << "who is new there takes the master's state";
}

TEST_F(CustomersTest, OneMerchantsPeopleAreNotAnothers) {
    Event other = event_of("shop", "1", person("a@x.example", "Nis"));
    other.mutable_source()->set_merchant("other");
    feed(other);
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(dead_letters_.size(), 1U);
}

}  // namespace
}  // namespace shopwire::router
