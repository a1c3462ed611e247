// An account whose answers are scripted, and orders of a shop.  Values for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"
#include "services/keycrm/account.h"
#include "services/keycrm/sink.h"

namespace shopwire::keycrm {

inline const std::string kSecretPath = "0123456789abcdef";

inline std::string fixture(const std::string& name) {
    std::ifstream file("tests/fixtures/keycrm/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

inline json::Document parsed(const std::string& text) {
    Result<json::Document> document = json::Document::parse(text);
    if (!document) throw std::runtime_error("test JSON: " + document.error().message + ": " + text);
    return *std::move(document);
}

inline Decimal decimal(const std::string& text) { return Decimal::parse(text).value(); }

inline Settings settings() {
    Settings settings;
    settings.base_url = "https://crm.example/v1";
    settings.api_key = Secret("key");
    settings.webhook_secrets = {Secret(kSecretPath)};
    settings.source_id = 4;
    settings.unreserved_orders = "allow";  // start_status_test.cpp has the other
    settings.warehouse_id = 1;
    settings.payment_methods = {{"card", 2}};
    settings.statuses = {{"processing", 4}, {"completed", 12}};
    return settings;
}

// The envelope of one page.
inline std::string page(const std::vector<std::string>& rows, int number = 1, int total = -1) {
    const int all = total < 0 ? static_cast<int>(rows.size()) : total;
    std::string data;
    for (const std::string& row : rows) data += (data.empty() ? "" : ",") + row;
    return R"({"total":)" + std::to_string(all) + R"(,"current_page":)" + std::to_string(number) +
           R"(,"per_page":50,"last_page":)" + std::to_string(std::max(1, (all + 49) / 50)) + R"(,"data":[)" + data +
           R"(],"next_page_url":null})";
}

inline void set(events::v1::Decimal* into, const std::string& text) { *into = events::to_proto(decimal(text)); }

// Two shirts with a coupon and shipping: 2 x 390 - 39 + 70 = 811.
inline events::v1::Order shop_order() {
    events::v1::Order order;
    order.set_native_id("10234");
    order.set_number("10234");
    order.set_status("processing");
    order.set_currency("UAH");
    order.set_created_at_ms(1'780'301'700'000);  // 2026-06-01T08:15:00Z
    order.set_paid_at_ms(1'780'301'730'000);
    order.set_payment_method("card");
    order.set_payment_title("Card online");
    order.set_transaction_id("TXN-1");
    events::v1::OrderLine& line = *order.add_lines();
    line.set_native_id("1");
    line.set_sku("TS-001-M");
    line.set_name("Cotton T-shirt / M");
    set(line.mutable_quantity(), "2");
    set(line.mutable_subtotal(), "650");
    set(line.mutable_subtotal_tax(), "130");
    set(line.mutable_total(), "617.50");
    set(line.mutable_total_tax(), "123.50");
    events::v1::OrderCharge& shipping = *order.add_shipping();
    shipping.set_code("nova_poshta");
    shipping.set_name("Nova Poshta");
    set(shipping.mutable_total(), "70");
    order.add_coupons()->set_code("SUMMER10");
    set(order.mutable_total(), "811");
    set(order.mutable_total_tax(), "123.50");
    events::v1::PersonalFields& person = *order.mutable_personal()->mutable_clear();
    person.mutable_billing()->set_first_name("Olena");
    person.mutable_billing()->set_last_name("Test");
    person.mutable_billing()->set_line_1("Branch 12");
    person.mutable_billing()->set_city("Kyiv");
    person.mutable_billing()->set_country("UA");
    person.set_email("olena@example.test");
    person.set_phone("050 111-22-33");
    person.set_note("Call after 18:00");
    return order;
}

inline events::Command export_command() {
    events::Command command;
    commands::v1::ExportOrder& action = *command.mutable_export_order();
    *action.mutable_order() = shop_order();
    action.set_external_number("WC-10234");
    action.set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    action.set_order_connection("shop");
    return command;
}

// What KeyCRM answers when it was made.
inline const std::string kMade =
    R"({"id":7001,"source_uuid":"WC-10234","source_id":4,"status_id":1,"grand_total":811.0})";

// The order as KeyCRM holds it right after we made it.
inline std::string held(const std::string& status = R"("status_id":1,"status_group_id":1)",
                        const std::string& payment = "paid", const std::string& more = "") {
    return R"({"id":7001,"source_uuid":"WC-10234","source_id":4,)" + status +
           R"(,"grand_total":811,"total_discount":39,"buyer_comment":"Call after 18:00","manager_comment":"Order 10234",)"
           R"("products":[{"id":88,"sku":"TS-001-M","name":"Cotton T-shirt / M","price":390,"discount_amount":19.5,"total_discount":39,"quantity":2}],)"
           R"("payments":[{"id":55,"status":")" +
           payment +
           R"(","amount":811,"description":"TXN-1"}],)"
           R"("shipping":{"tracking_code":null,"shipping_address_city":"Kyiv","shipping_address_country":"UA",)"
           R"("shipping_receive_point":"Branch 12","recipient_full_name":"Olena Test","recipient_phone":"+380501112233"})" +
           more + "}";
}

// An Account over a scripted transport.
struct TestAccount {
    explicit TestAccount(Settings with = settings(),
                         http::RateLimiter::Options limits = {.per_second = 1000, .burst = 1000})
        : limiter(http::RateLimiter::create(limits, clock)),
          account(std::make_shared<Account>(std::move(with), runtime::ConnectionContext{.merchant = "acme",
                                                                                        .connection = "crm",
                                                                                        .clock = clock,
                                                                                        .transport = transport,
                                                                                        .limiter = *limiter,
                                                                                        .metrics = *metrics})),
          sink(account) {}

    Result<runtime::Applied> apply(const events::Command& command) { return sink.apply({&command, 1}, {}).front(); }
    std::string query(std::size_t request, std::string_view name) const {
        const http::Request sent = transport.requests().at(request);
        for (const auto& [key, value] : sent.query)
            if (key == name) return value;
        return {};
    }
    // "GET /order/7001" of every request.
    std::vector<std::string> asked() const {
        std::vector<std::string> out;
        for (const http::Request& request : transport.requests())
            out.push_back(request.method + " " + request.url.substr(std::string("https://crm.example/v1").size()));
        return out;
    }
    json::Document sent(std::size_t request) const { return parsed(transport.requests().at(request).body); }

    testing::FakeClock clock{};
    testing::FakeTransport transport{};
    std::unique_ptr<http::RateLimiter> limiter;
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::shared_ptr<Account> account;
    Sink sink;
};

}  // namespace shopwire::keycrm
