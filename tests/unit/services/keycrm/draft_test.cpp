// Goal: whatever the shop's amounts, KeyCRM computes the shop's total.  Method: tables, and random orders against
// KeyCRM's own arithmetic, written here once more.
#include "services/keycrm/draft.h"

#include <random>

#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

// As the CRM does it, from the body that is sent.
Decimal crm_total(const std::string& body, bool per_unit) {
    const json::Document document = parsed(body);
    json::Reader order(document.root());
    const auto number = [](json::Reader& reader, const char* name) {
        return reader.decimal_or_none(name).value_or(Decimal{});
    };
    Decimal sum;
    for (json::Reader& line : order.array_or_empty("products")) {
        const Decimal price = number(line, "price");
        const Decimal discount = number(line, "discount_amount");
        const Decimal quantity = number(line, "quantity");
        sum += per_unit ? multiply(price - discount, quantity, 6).value()
                        : multiply(price, quantity, 6).value() - discount;
    }
    return (sum.rounded(2) - number(order, "discount_amount") + number(order, "shipping_price") +
            number(order, "taxes"))
        .rounded(2);
}

std::string body_of(const events::v1::Order& order, const Settings& with) {
    commands::v1::ExportOrder command;
    *command.mutable_order() = order;
    command.set_external_number("WC-1");
    command.set_order_connection("shop");
    const Result<Draft> draft = make_draft(order, with);
    if (!draft) throw std::runtime_error(draft.error().message);
    EXPECT_EQ(draft->computed_total, draft->expected_total);
    return create_body(*draft, command, with);
}

TEST(KeycrmDraft, IsTheOrderOfTheContract) {
    Settings with = settings();
    with.delivery_services = {{"nova_poshta", 1}};
    const json::Document body = parsed(body_of(shop_order(), with));
    const json::Value root = body.root();
    EXPECT_EQ(root.member("source_id").text(), "4");
    EXPECT_EQ(root.member("source_uuid").text(), "WC-1");
    EXPECT_EQ(root.member("ordered_at").text(), "2026-06-01 08:15:00");
    EXPECT_EQ(root.member("promocode").text(), "SUMMER10");
    EXPECT_EQ(root.member("shipping_price").text(), "70.00");
    EXPECT_FALSE(root.has("taxes"));
    EXPECT_FALSE(root.has("status_id"));
    EXPECT_EQ(root.member("buyer").member("phone").text(), "+380501112233");
    const json::Value line = root.member("products").at(0);
    EXPECT_EQ(line.member("price").text(), "390.00");
    EXPECT_EQ(line.member("discount_amount").text(), "19.50");
    EXPECT_EQ(root.member("shipping").member("delivery_service_id").text(), "1");
    EXPECT_EQ(root.member("shipping").member("shipping_receive_point").text(), "Branch 12");
    EXPECT_FALSE(root.member("shipping").has("tracking_code"));
    const json::Value payment = root.member("payments").at(0);
    EXPECT_EQ(payment.member("payment_method_id").text(), "2");
    EXPECT_EQ(payment.member("amount").text(), "811.00");
    EXPECT_EQ(payment.member("status").text(), "paid");
    EXPECT_EQ(payment.member("payment_date").text(), "2026-06-01 08:15:30");
}

TEST(KeycrmDraft, CashOnDeliveryIsNotPaidAndGoesByItsTitle) {
    events::v1::Order order = shop_order();
    order.set_paid_at_ms(0);
    order.set_payment_method("cod");
    order.set_payment_title("Cash");
    const json::Document body = parsed(body_of(order, settings()));
    const json::Value payment = body.root().member("payments").at(0);
    EXPECT_EQ(payment.member("status").text(), "not_paid");
    EXPECT_EQ(payment.member("payment_method").text(), "Cash");
    EXPECT_FALSE(payment.has("payment_date"));
}

TEST(KeycrmDraft, ASeparateTaxIsNotInThePrices) {
    Settings with = settings();
    with.taxes = "separate";
    const json::Document body = parsed(body_of(shop_order(), with));
    EXPECT_EQ(body.root().member("taxes").text(), "123.50");
    EXPECT_EQ(body.root().member("products").at(0).member("price").text(), "325.00");
}

TEST(KeycrmDraft, AFeeIsALineAndANegativeOneADiscount) {
    events::v1::Order order = shop_order();
    events::v1::OrderCharge& fee = *order.add_fees();
    fee.set_name("Gift box");
    set(fee.mutable_total(), "20");
    set(order.add_fees()->mutable_total(), "-11");
    set(order.mutable_total(), "820");
    const json::Document body = parsed(body_of(order, settings()));
    EXPECT_EQ(body.root().member("products").size(), 2U);
    EXPECT_EQ(body.root().member("products").at(1).member("name").text(), "Gift box");
    EXPECT_FALSE(body.root().member("products").at(1).has("sku"));
    EXPECT_EQ(body.root().member("discount_amount").text(), "11.00");
}

TEST(KeycrmDraft, RefusesWhatItCannotSay) {
    const auto refused = [](const auto& change) {
        events::v1::Order order = shop_order();
        change(order);
        const Result<Draft> draft = make_draft(order, settings());
        EXPECT_FALSE(draft);
        return draft ? ErrorKind::kTransient : draft.error().kind;
    };
    EXPECT_EQ(refused([](auto& order) { order.set_currency("EUR"); }), ErrorKind::kRejected);
    EXPECT_EQ(refused([](auto& order) { order.clear_lines(); }), ErrorKind::kRejected);
    EXPECT_EQ(refused([](auto& order) { order.mutable_lines(0)->clear_quantity(); }), ErrorKind::kRejected);
    EXPECT_EQ(refused([](auto& order) { set(order.mutable_lines(0)->mutable_total(), "-500"); }), ErrorKind::kRejected);
    EXPECT_EQ(refused([](auto& order) { order.mutable_personal()->mutable_sealed(); }), ErrorKind::kRejected);
}

// rules 6.6, case 10: a coupon that gives 10.1873 percent of three pieces.
TEST(KeycrmDraft, ACouponOfAnOddPercentageGivesTheShopsTotal) {
    for (const char* mode : {"per_unit", "per_line"}) {
        events::v1::Order order = shop_order();
        events::v1::OrderLine& line = *order.mutable_lines(0);
        set(line.mutable_quantity(), "3");
        set(line.mutable_subtotal(), "3897");
        line.clear_subtotal_tax();
        set(line.mutable_total(), "3500");
        line.clear_total_tax();
        set(order.mutable_total(), "3570");
        Settings with = settings();
        with.line_discount = mode;
        EXPECT_EQ(crm_total(body_of(order, with), std::string(mode) == "per_unit"), decimal("3570")) << mode;
    }
}

TEST(KeycrmDraft, AddsUpOverRandomOrders) {
    std::mt19937_64 random(20261122);
    const auto number = [&](std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random);
    };
    const auto cents = [](std::int64_t value) { return events::to_proto(Decimal::from_micros(value * 10'000)); };
    for (int round = 0; round < 3'000; ++round) {
        events::v1::Order order = shop_order();
        order.clear_lines();
        std::int64_t total = 7'000;
        const std::int64_t lines = number(1, 6);
        for (std::int64_t i = 0; i < lines; ++i) {
            events::v1::OrderLine& line = *order.add_lines();
            line.set_sku("S-" + std::to_string(i));
            const std::int64_t halves = number(1, 24);
            *line.mutable_quantity() = events::to_proto(Decimal::from_micros(halves * 500'000));
            const std::int64_t before = number(1, 500'000);
            const std::int64_t after = number(0, 3) == 0 ? before : number(0, before);
            *line.mutable_subtotal() = cents(before);
            *line.mutable_total() = cents(after);
            total += after;
        }
        total += number(-lines, lines);  // the shop's own rounding of taxes
        if (total < 0) continue;
        *order.mutable_total() = cents(total);
        for (const char* mode : {"per_unit", "per_line"}) {
            Settings with = settings();
            with.line_discount = mode;
            ASSERT_EQ(crm_total(body_of(order, with), std::string(mode) == "per_unit"),
                      Decimal::from_micros(total * 10'000))
                << "round " << round << " " << mode;
        }
    }
}

TEST(KeycrmDraft, PhonesGetTheirCallingCodeWhereItIsKnown) {
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"050 111-22-33", "UA", "+380501112233"},
        {"+380 50 111 22 33", "UA", "+380501112233"},
        {"380501112233", "UA", "+380501112233"},
        {"00380501112233", "PL", "+380501112233"},
        {"+48 601 222 333", "UA", "+48601222333"},
        {"601 222 333", "PL", "601 222 333"},
        {"501112233", "UA", "501112233"},
        {"", "UA", ""},
        {"123", "UA", "123"},
        {"call me", "", "call me"},
    };
    for (const auto& [typed, country, sent] : cases) EXPECT_EQ(phone_of(typed, country, settings()), sent) << typed;
}

TEST(KeycrmDraft, TheBuyerAlwaysHasAName) {
    events::v1::Order order = shop_order();
    events::v1::PersonalFields& person = *order.mutable_personal()->mutable_clear();
    const auto buyer = [&](const char* member) {
        const json::Document body = parsed(body_of(order, settings()));
        return std::string(body.root().member("buyer").member(member).text());
    };
    EXPECT_EQ(buyer("full_name"), "Olena Test");
    person.mutable_billing()->clear_first_name();
    person.mutable_billing()->clear_last_name();
    person.mutable_billing()->set_company("Firm");
    EXPECT_EQ(buyer("full_name"), "Firm");
    person.mutable_billing()->clear_company();
    EXPECT_EQ(buyer("full_name"), "olena@example.test");
    person.set_email("skip@dummyemail.com");
    EXPECT_EQ(buyer("email"), "") << "a placeholder is no address";
    person.clear_email();
    EXPECT_EQ(buyer("full_name"), "Order 10234");
}

}  // namespace
}  // namespace shopwire::keycrm
