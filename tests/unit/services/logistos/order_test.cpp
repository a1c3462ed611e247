// Goal: what leaves, and what must never.  Each order that a carrier could not use is refused with one line that quotes
// nobody's address.
#include "services/logistos/order.h"

#include <google/protobuf/descriptor.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

using Json = nlohmann::json;
using events::v1::Order;

Json body_of(const Order& order, const std::string& more = {}) {
    const Result<std::string> text = order_text(order, "WC-10234", settings_of(more), zone());
    EXPECT_TRUE(text) << text.error().message;
    return text ? Json::parse(*text) : Json();
}

struct Bad {
    const char* name;
    std::function<void(Order&)> change;
    const char* line;
    const char* more = "";
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }
class Refused : public ::testing::TestWithParam<Bad> {};

events::v1::PersonalFields& person(Order& order) { return *order.mutable_personal()->mutable_clear(); }

TEST_P(Refused, WithOneLine) {
    Order order = sample_order();
    GetParam().change(order);
    const Settings settings = settings_of(GetParam().more);
    const Status may = may_leave(order, settings);
    const Result<std::string> text =
        may ? order_text(order, "WC-10234", settings, zone()) : Result<std::string>(std::unexpected(may.error()));
    ASSERT_FALSE(text);
    EXPECT_EQ(ErrorKind::kRejected, text.error().kind);
    EXPECT_EQ(GetParam().line, text.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    Order, Refused,
    ::testing::Values(Bad{"Pending", [](Order& order) { order.set_status("pending"); },
                          "status pending is not one of settings.statuses, so it is not sent yet"},
                      Bad{"Draft", [](Order& order) { order.set_status("checkout-draft"); },
                          "status checkout-draft is not one of settings.statuses, so it is not sent yet"},
                      Bad{"Unpaid", [](Order& order) { order.set_payment_method("bacs"); },
                          "it is not paid, and bacs is not one of settings.cod_methods"},
                      Bad{"OtherCurrency", [](Order& order) { order.set_currency("EUR"); },
                          "its currency EUR is not one of settings.currencies"},
                      Bad{"Abroad", [](Order& order) { person(order).mutable_shipping()->set_country("LK"); },
                          "the shipping country is not IN, and Logistos carries within India"},
                      Bad{"Pin", [](Order& order) { person(order).mutable_shipping()->set_postal_code("40001"); },
                          "the shipping PIN is not six digits"},
                      Bad{"State", [](Order& order) { person(order).mutable_shipping()->set_state("XX"); },
                          "the shipping state is none of India's"},
                      Bad{"Phone", [](Order& order) { person(order).set_phone("12345"); },
                          "the phone is not ten digits"},
                      Bad{"NoAddress",
                          [](Order& order) {
                              person(order).clear_shipping();
                              person(order).clear_billing();
                          },
                          "there is neither a shipping nor a billing address"},
                      Bad{"NoStreet", [](Order& order) { person(order).mutable_shipping()->clear_line_1(); },
                          "the shipping address has no street"},
                      Bad{"NoCity", [](Order& order) { person(order).mutable_shipping()->clear_city(); },
                          "the shipping address has no city"},
                      Bad{"NoName",
                          [](Order& order) {
                              person(order).mutable_shipping()->clear_first_name();
                              person(order).mutable_shipping()->clear_last_name();
                          },
                          "the shipping address has no name"},
                      Bad{"NoLines", [](Order& order) { order.clear_lines(); }, "it has no lines"},
                      Bad{"Sealed", [](Order& order) { order.mutable_personal()->mutable_sealed()->set_key_id("k"); },
                          "its personal fields are missing or sealed"},
                      Bad{"NoMeasures", [](Order& order) { order.mutable_lines(0)->clear_measures(); },
                          "line 51 has no weight or no size, and no default is set", "missing_measures: reject"}),
    [](const auto& test) { return test.param.name; });

TEST(OrderText, FallsBackToTheBillingAddress) {
    Order order = sample_order();
    person(order).mutable_shipping()->Clear();
    person(order).mutable_shipping()->set_country("IN");  // WooCommerce fills the shop's country in
    const Json body = body_of(order);
    EXPECT_EQ("Asha", body["shipping"]["first_name"]);
    EXPECT_EQ("1 Lake St", body["shipping"]["line_1"]);
    EXPECT_EQ("400001", body["shipping"]["postal_code"]);
}

TEST(OrderText, ShipsToAnotherThanThePayerAbroad) {
    Order order = sample_order();
    person(order).mutable_billing()->set_country("AE");
    person(order).mutable_billing()->set_state("Dubai");
    const Json body = body_of(order);
    EXPECT_EQ("Dubai", body["billing"]["state"]);
    EXPECT_EQ("MH", body["shipping"]["state"]);
    EXPECT_EQ("Maharashtra", body["shipping"]["state_name"]);
}

TEST(OrderText, CollectsTheTotalOnlyForCashOnDelivery) {
    Order order = sample_order();
    EXPECT_EQ("1645.00", body_of(order)["cod_amount"]);
    order.set_payment_method("razorpay");
    order.set_paid_at_ms(1780281960000);
    EXPECT_EQ("0.00", body_of(order)["cod_amount"]);
    EXPECT_EQ("1645.00", body_of(order, "cod_methods: [razorpay]")["cod_amount"]);
}

TEST(OrderText, KeepsAmountsAndTimesExact) {
    Order order = sample_order();
    *order.mutable_total() = pdec("0.1");
    const Json body = body_of(order);
    EXPECT_EQ("0.10", body["total"]);
    EXPECT_EQ("70.00", body["shipping_total"]);
    EXPECT_EQ("1500.00", body["subtotal"]);
    EXPECT_EQ("2026-06-01T08:15:00", body["created_local"]);
    EXPECT_EQ("2026-06-01T02:45:00", body["created_utc"]);
    EXPECT_TRUE(body["paid_local"].is_null());
}

TEST(OrderText, TakesTheOrdersMeasuresBeforeTheDefaults) {
    Order order = sample_order();
    const std::string defaults = "default_measures: {weight: 8 oz, length: 12 in, width: 200 mm, height: 5}";
    EXPECT_EQ("0.4", body_of(order, defaults)["lines"][0]["weight_kg"]);
    order.mutable_lines(0)->clear_measures();
    const Json line = body_of(order, defaults)["lines"][0];
    EXPECT_EQ("0.226796", line["weight_kg"]);
    EXPECT_EQ("30.48", line["length_cm"]);
    EXPECT_EQ("20", line["width_cm"]);
    EXPECT_EQ("5", line["height_cm"]);
    EXPECT_FALSE(body_of(order)["lines"][0].contains("weight_kg"));
}

TEST(Virtual, IsAnOrderWhoseLinesAllSaySo) {
    Order order = sample_order();
    EXPECT_FALSE(is_virtual(order));
    order.mutable_lines(0)->set_needs_shipping(false);
    EXPECT_TRUE(is_virtual(order));
    order.add_lines()->set_sku("MUG");  // a source that does not tell: never taken for virtual
    EXPECT_FALSE(is_virtual(order));
    order.clear_lines();
    EXPECT_FALSE(is_virtual(order));
}

// Every text of an order gets a mark of its own; the marks that come out are the list of what leaves.
void mark(google::protobuf::Message& message, const std::string& path, std::set<std::string>& all) {
    const auto* reflection = message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const auto* field = message.GetDescriptor()->field(i);
        const std::string here = path + "." + field->name();
        if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
            if (field->name() == "sealed") continue;
            mark(field->is_repeated() ? *reflection->AddMessage(&message, field)
                                      : *reflection->MutableMessage(&message, field),
                 here, all);
        } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
            all.insert(here);
            field->is_repeated() ? reflection->AddString(&message, field, here)
                                 : reflection->SetString(&message, field, here);
        }
    }
}

TEST(OrderText, LetsOutWhatIsOnTheListAndNothingElse) {
    Order order;
    std::set<std::string> all;
    mark(order, "", all);
    for (const char* which : {"shipping", "billing"}) {
        auto& address =
            std::string(which) == "shipping" ? *person(order).mutable_shipping() : *person(order).mutable_billing();
        address.set_country("IN");
        address.set_postal_code("400001");
        address.set_state("MH");
    }
    person(order).set_phone("9800000001");
    const std::string body = body_of(order).dump();
    std::set<std::string> left;
    for (const std::string& name : all)
        if (body.find("\"" + name + "\"") != std::string::npos) left.insert(name);
    const std::set<std::string> allowed{".native_id",
                                        ".status",
                                        ".currency",
                                        ".payment_method",
                                        ".payment_title",
                                        ".customer_native_id",
                                        ".lines.native_id",
                                        ".lines.sku",
                                        ".lines.product_native_id",
                                        ".lines.variation_native_id",
                                        ".lines.name",
                                        ".shipping.code",
                                        ".shipping.name",
                                        ".fees.code",
                                        ".fees.name",
                                        ".taxes.code",
                                        ".taxes.label",
                                        ".personal.clear.email",
                                        ".personal.clear.note",
                                        ".personal.clear.billing.first_name",
                                        ".personal.clear.billing.last_name",
                                        ".personal.clear.billing.company",
                                        ".personal.clear.billing.line_1",
                                        ".personal.clear.billing.line_2",
                                        ".personal.clear.billing.city",
                                        ".personal.clear.shipping.first_name",
                                        ".personal.clear.shipping.last_name",
                                        ".personal.clear.shipping.company",
                                        ".personal.clear.shipping.line_1",
                                        ".personal.clear.shipping.line_2",
                                        ".personal.clear.shipping.city"};
    EXPECT_EQ(allowed, left);
    EXPECT_TRUE(all.contains(".transaction_id") && all.contains(".personal.clear.tax_id")) << "the marks work";
}

TEST(OrderText, HasNoCardNumberInItsFreeText) {
    Order order = sample_order();
    person(order).set_note("charge 4111 1111 1111 1111 again");
    order.set_payment_title("Card 5500000000000004");
    const std::string body = body_of(order).dump();
    EXPECT_EQ(std::string::npos, body.find("1111"));
    EXPECT_EQ(std::string::npos, body.find("5500000000000004"));
}

}  // namespace
}  // namespace shopwire::logistos
