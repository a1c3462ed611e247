#include "services/woocommerce/sink_price.h"

#include "tests/unit/services/woocommerce/sink_fixture.h"

namespace shopwire::woocommerce {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

class SinkPriceTest : public SinkTest {};

events::Command price(const std::string& sku, const char* regular, const char* sale = nullptr, std::int64_t from_ms = 0,
                      std::int64_t to_ms = 0) {
    events::Command command;
    commands::v1::SetPrice& set = *command.mutable_set_price();
    set.set_sku(sku);
    set.set_currency("EUR");
    set.set_includes_tax(true);
    *set.mutable_regular() = events::to_proto(decimal(regular));
    if (sale != nullptr) *set.mutable_sale() = events::to_proto(decimal(sale));
    set.set_sale_from_ms(from_ms);
    set.set_sale_to_ms(to_ms);
    return command;
}

const std::string kPriced = R"("manage_stock":true,"regular_price":"24.90","sale_price":"19.90",)"
                            R"("date_on_sale_from_gmt":"2026-11-01T00:00:00","date_on_sale_to_gmt":null)";

TEST_F(SinkPriceTest, SendsOnlyThePriceFieldsThatDiffer) {
    test.reply_facts();
    test.transport.reply(200, "[" + product(1, "A", "2", kPriced) + "]");
    test.transport.reply(200,
                         R"({"update":[)" + product(1, "A", "2", R"("regular_price":"25.00","sale_price":"")") + "]}");
    EXPECT_EQ(apply_one(price("A", "25")).value().result.outcome(), OUTCOME_APPLIED);
    EXPECT_EQ(body(5), R"({"update":[{"id":1,"regular_price":"25.00","sale_price":"","date_on_sale_from":""}]})");
}

TEST_F(SinkPriceTest, WritesASaleWindowInUtc) {
    test.reply_facts();
    test.transport.reply(200, "[" + product(1, "A", "2", kPriced) + "]");
    test.transport.reply(
        200,
        R"({"update":[)" +
            product(1, "A", "2",
                    R"("regular_price":"24.90","sale_price":"9.90",)"
                    R"("date_on_sale_from_gmt":"2026-11-21T20:00:00","date_on_sale_to_gmt":"2026-11-21T21:00:00")") +
            "]}");
    EXPECT_TRUE(apply_one(price("A", "24.9", "9.9", kModifiedMs, kModifiedMs + 3'600'000)));
    EXPECT_EQ(body(5), R"({"update":[{"id":1,"sale_price":"9.90","date_on_sale_from_gmt":"2026-11-21T20:00:00",)"
                       R"("date_on_sale_to_gmt":"2026-11-21T21:00:00"}]})");
}

TEST_F(SinkPriceTest, LeavesAPriceThatIsShownAlready) {
    test.reply_facts();
    test.transport.reply(200, "[" + product(1, "A", "2", kPriced) + "]");
    EXPECT_EQ(apply_one(price("A", "24.9", "19.90", 1'793'491'200'000)).value().result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(asked(), 5U);
}

TEST_F(SinkPriceTest, KeepsThePurchasePriceWhereBuyersDoNotSeeIt) {
    const std::string kept = kPriced + R"(,"meta_data":[{"id":9,"key":"_shopwire_purchase_price","value":"12.5"}])";
    events::Command command = price("A", "24.9", "19.90", 1'793'491'200'000);
    *command.mutable_set_price()->mutable_purchase() = events::to_proto(decimal("12.50"));
    test.reply_facts();
    test.transport.reply(200, "[" + product(1, "A", "2", kPriced) + "]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "2", kept) + "]}");
    EXPECT_EQ(apply_one(command).value().result.outcome(), OUTCOME_APPLIED);
    EXPECT_TRUE(test.query(4, "_fields").ends_with(",meta_data"));
    EXPECT_EQ(body(5), R"({"update":[{"id":1,"meta_data":[{"key":"_shopwire_purchase_price","value":"12.5"}]}]})");
    test.transport.reply(200, "[" + product(1, "A", "2", kept) + "]");
    EXPECT_EQ(apply_one(command).value().result.outcome(), OUTCOME_UNCHANGED);
    test.transport.reply(200, "[" + product(1, "A", "2", kPriced) + "]");
    test.transport.reply(200, R"({"update":[)" + product(1, "A", "2", kPriced) + "]}");
    EXPECT_EQ(apply_one(command).error().kind, ErrorKind::kRejected) << "the shop did not keep it";
}

TEST_F(SinkPriceTest, TellsWhenTheShopKeptAnotherPrice) {
    test.reply_facts();
    test.transport.reply(200, "[" + product(1, "A", "2", kPriced) + "]");
    test.transport.reply(200,
                         R"({"update":[)" + product(1, "A", "2", R"("regular_price":"2490","sale_price":"")") + "]}");
    EXPECT_EQ(apply_one(price("A", "24.90")).error().kind, ErrorKind::kRejected);
}

struct BadPrice {
    const char* name = "";
    events::Command command{};
    ShopFacts facts{.currency = "EUR", .prices_include_tax = true};
    const char* message = "";
};
void PrintTo(const BadPrice& row, std::ostream* out) { *out << row.name; }

class PriceRefused : public ::testing::TestWithParam<BadPrice> {};

TEST_P(PriceRefused, SaysWhy) {
    const Status status = check_price(GetParam().command.set_price(), GetParam().facts);
    if (GetParam().message[0] == '\0') {
        EXPECT_TRUE(status) << status.error().message;
        return;
    }
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(status.error().message, std::string("setting a price: ") + GetParam().message);
}

events::Command net(const char* regular) {
    events::Command command = price("A", regular);
    command.mutable_set_price()->set_includes_tax(false);
    return command;
}

INSTANTIATE_TEST_SUITE_P(
    Price, PriceRefused,
    ::testing::Values(
        BadPrice{.name = "Good", .command = price("A", "24.90", "0")},
        BadPrice{.name = "Currency",
                 .command = price("A", "1"),
                 .facts = {.currency = "RSD", .prices_include_tax = true},
                 .message = "it is in EUR, the shop's currency is RSD"},
        BadPrice{.name = "Gross",
                 .command = price("A", "1"),
                 .facts = {.currency = "EUR"},
                 .message = "it includes tax, the shop's prices are entered without tax"},
        BadPrice{
            .name = "Net", .command = net("1"), .message = "it is without tax, the shop's prices are entered with tax"},
        BadPrice{.name = "ThreeDecimals", .command = price("A", "24.905"), .message = "it has more than 2 decimals"},
        BadPrice{.name = "NetFourDecimals", .command = net("24.9051"), .facts = {.currency = "EUR"}},
        BadPrice{.name = "NetFiveDecimals",
                 .command = net("24.90511"),
                 .facts = {.currency = "EUR"},
                 .message = "it has more than 4 decimals"},
        BadPrice{.name = "SaleTooHigh",
                 .command = price("A", "5", "5"),
                 .message = "the sale price is not below the regular price"},
        BadPrice{.name = "Negative", .command = price("A", "-5"), .message = "it is negative"},
        BadPrice{.name = "Window",
                 .command = price("A", "5", "4", 2000, 1000),
                 .message = "the sale ends before it begins"}),
    [](const auto& test) { return std::string(test.param.name); });
}  // namespace
}  // namespace shopwire::woocommerce
