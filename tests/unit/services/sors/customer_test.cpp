// Goal: the right customer for each order: PIB, then e-mail, then phone; never a company card with a bad PIB.
#include "services/sors/customer.h"

#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

TEST(Customer, ChecksThePib) {  // vectors of contract rules 7.1
    for (const char* good : {"100000008", "123456788", "999999995", "102030400"}) EXPECT_TRUE(valid_pib(good)) << good;
    for (const char* bad : {"123456789", "12345678", "1234567880", "12345678a", ""})
        EXPECT_FALSE(valid_pib(bad)) << bad;
}

TEST(Customer, NormalizesPibPhoneAndEmail) {
    EXPECT_EQ("123456788", normalize_pib(" RS 123.456.788 "));
    EXPECT_EQ("DE123456789", normalize_pib("de 123 456 789"));
    EXPECT_EQ("+381641112223", normalize_phone("064/111-2223", "RS"));
    EXPECT_EQ("+381641112223", normalize_phone("+381 (0)64 111 2223", "RS"));
    EXPECT_EQ("+381641112223", normalize_phone("00381641112223", "DE"));
    EXPECT_EQ("+381641112223", normalize_phone("381641112223", "RS"));
    EXPECT_EQ("", normalize_phone("030 1234567", "DE"));
    EXPECT_EQ("", normalize_phone("12", "RS"));
    EXPECT_EQ("petar@example.com", normalize_email(" Petar@Example.COM "));
    EXPECT_EQ("", normalize_email("none"));
}

struct Buyer {
    const char* name;
    const char* tax_id;
    const char* country;
    const char* company;
    const char* settings;
    int kind;  // 0: refused
    const char* customer_name;
};
void PrintTo(const Buyer& buyer, std::ostream* out) { *out << buyer.name; }
class CustomerKind : public ::testing::TestWithParam<Buyer> {};

TEST_P(CustomerKind, FollowsFromTheOrder) {
    config::Problems problems;
    const Settings settings = parse(settings_yaml("sors-en", GetParam().settings), problems).settings;
    events::Command command = export_command();
    auto& order = *command.mutable_export_order()->mutable_order();
    auto& person = *order.mutable_personal()->mutable_clear();
    person.set_tax_id(GetParam().tax_id);
    person.mutable_billing()->set_country(GetParam().country);
    person.mutable_billing()->set_company(GetParam().company);
    order.set_customer_native_id("77");
    const Result<NewCustomer> customer = customer_of(order, "shop", settings);
    ASSERT_EQ(GetParam().kind != 0, customer.has_value());
    if (!customer) return;
    EXPECT_EQ(GetParam().kind, customer->kind);
    EXPECT_EQ(GetParam().customer_name, customer->name);
    EXPECT_EQ("shop:customer:77", customer->external_id);
    EXPECT_EQ(customer->kind == 3, customer->pib.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Customer, CustomerKind,
    ::testing::Values(Buyer{"Consumer", "", "RS", "", "", 3, "Petar Petrović"},
                      Buyer{"DomesticCompany", "RS 123456788", "RS", "Primer d.o.o.", "", 1, "Primer d.o.o."},
                      Buyer{"ForeignCompany", "DE123456789", "DE", "Muster GmbH", "", 2, "Muster GmbH"},
                      Buyer{"BadPib", "123456789", "RS", "Primer d.o.o.", "", 0, ""},
                      Buyer{"BadPibAsPerson", "123456789", "RS", "Primer d.o.o.", "invalid_pib: natural_person", 3,
                            "Petar Petrović"},
                      Buyer{"SoleTraderByName", "123456788", "RS", "Petar PR Niš",
                            "customer_kinds: [{company_contains: ' PR ', kind: 4}]", 4, "Petar PR Niš"},
                      Buyer{"PublicBodyByPib", "100000008", "RS", "Opština",
                            "customer_kinds: [{tax_ids: ['100000008'], kind: 5}]", 5, "Opština"}),
    [](const auto& test) { return test.param.name; });

TEST(Customer, RefusesAnOrderWithoutANameOrWithSealedFields) {
    events::Command command = export_command();
    auto& order = *command.mutable_export_order()->mutable_order();
    order.mutable_personal()->mutable_clear()->clear_billing();
    EXPECT_FALSE(customer_of(order, "shop", {}));
    order.mutable_personal()->mutable_sealed()->set_key_id("k");
    EXPECT_FALSE(customer_of(order, "shop", {}));
}

TEST(Customer, TakesTheActiveCardWithTheLowestId) {
    EXPECT_EQ(nullptr, best_of({}));
    EXPECT_EQ("9", best_of({{.id = "10"}, {.id = "9"}, {.id = "2", .active = false}})->id);
}

std::string rows(const std::string& list, int count) {
    return R"({"success":true,"data":[)" + list + R"(],"pagination":{"totalItems":)" + std::to_string(count) + "}}";
}

TEST(CustomerDesk, PrefersOneOfSeveralAndCountsIt) {
    Rig rig;
    metrics::Counter& doubled = rig.metrics->counter("doubled", "");
    CustomerDesk desk(*rig.room->client, rig.room->settings, rig.clock, doubled);
    rig.transport.reply(
        200,
        rows(
            R"({"id":883,"type":1,"pib":"123456788","isActive":true},{"id":881,"type":1,"pib":"123456788","isActive":true},{"id":5,"type":1,"pib":"999999995","isActive":true})",
            3));
    const auto card = desk.card_for("Shop2026", {.kind = 1, .name = "Primer", .pib = "123456788"}, {});
    ASSERT_TRUE(card);
    EXPECT_EQ("881", card->id);
    EXPECT_EQ(1, doubled.value());
    EXPECT_EQ("GET /api/customers?database=Shop2026&pib=123456788&page=1&pageSize=50", rig.asked().front());
}

TEST(CustomerDesk, NeverBooksAConsumerOnACompany) {
    Rig rig;
    metrics::Counter& doubled = rig.metrics->counter("doubled", "");
    CustomerDesk desk(*rig.room->client, rig.room->settings, rig.clock, doubled);
    rig.transport.reply(200, rows(R"({"id":881,"type":1,"pib":"123456788","email":"a@b.rs","isActive":true})", 1));
    rig.transport.reply(200, rows(R"({"id":900,"type":3,"phone":"064 111-2223","isActive":true})", 1));
    const auto card = desk.card_for(
        "Shop2026", {.kind = 3, .name = "P", .country = "RS", .email = "a@b.rs", .phone = "+381641112223"}, {});
    ASSERT_TRUE(card) << card.error().message;
    EXPECT_EQ("900", card->id);
}

TEST(CustomerDesk, TriesAgainLaterWhenACreateStaysUnknown) {
    Rig rig;
    metrics::Counter& doubled = rig.metrics->counter("doubled", "");
    CustomerDesk desk(*rig.room->client, rig.room->settings, rig.clock, doubled);
    rig.transport.otherwise([](const http::Request& request, std::stop_token) -> Result<http::Response> {
        if (request.operation == "create_customer") return ambiguous("no answer");
        return http::Response{.status = 200, .body = rows("", 0)};
    });
    const auto card = desk.card_for("Shop2026", {.kind = 3, .name = "P", .email = "a@b.rs"}, {});
    ASSERT_FALSE(card);
    EXPECT_EQ(ErrorKind::kTransient, card.error().kind);
    EXPECT_EQ(3U, rig.clock.sleeps().size());
}

TEST(CustomerDesk, CreatesNobodyAgainWhileTheFirstRequestMayStillLand) {
    Rig rig("sors-en", "timeout: 60s\nlookup_delay: 5s");
    metrics::Counter& doubled = rig.metrics->counter("doubled", "");
    CustomerDesk desk(*rig.room->client, rig.room->settings, rig.clock, doubled);
    int created = 0;
    rig.transport.otherwise([&](const http::Request& request, std::stop_token) -> Result<http::Response> {
        if (request.operation != "create_customer") return http::Response{.status = 200, .body = rows("", 0)};
        if (created++ == 0) return ambiguous("no answer");
        return http::Response{.status = 200, .body = R"({"success":true,"data":{"id":990,"type":3,"isActive":true}})"};
    });
    const NewCustomer customer{.kind = 3, .name = "P", .email = "a@b.rs"};
    EXPECT_FALSE(desk.card_for("Shop2026", customer, {}));  // 15 s pass in its lookups
    rig.clock.advance(std::chrono::seconds(49));
    const std::size_t asked = rig.transport.requests().size();
    const auto waiting = desk.card_for("Shop2026", customer, {});
    ASSERT_FALSE(waiting);
    EXPECT_EQ(ErrorKind::kTransient, waiting.error().kind);
    EXPECT_EQ(asked + 1, rig.transport.requests().size());  // it was looked for
    EXPECT_EQ(1, created);
    EXPECT_TRUE(desk.card_for("Shop2026", {.kind = 3, .name = "Q", .email = "c@d.rs"}, {}));  // somebody else
    EXPECT_EQ(2, created);
    rig.clock.advance(std::chrono::seconds(2));
    const auto card = desk.card_for("Shop2026", customer, {});
    ASSERT_TRUE(card) << card.error().message;
    EXPECT_EQ(3, created);
}

}  // namespace
}  // namespace shopwire::sors
