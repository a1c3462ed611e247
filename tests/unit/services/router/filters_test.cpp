// A jq program between an event and its routes.
#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {
namespace {

class FiltersTest : public RouterTest {
 protected:
    void filter(const std::string& jq) {
        configure(
            "merchant: acme\nconnections: {shop: {system: alpha}, erp: {system: beta}}\nrouting:\n"
            "  prices: [{from: erp, to: shop}]\n  filters:\n    - from: erp\n      entity: price\n      jq: '" +
            jq + "'\n");
    }
    Event price(const std::string& sku, const std::string& amount) {
        Event event = stock(0, ++now_ms_);
        event.clear_stock();
        event.mutable_price()->set_sku(sku);
        event.mutable_price()->set_currency("EUR");
        *event.mutable_price()->mutable_regular() = events::to_proto(*Decimal::parse(amount));
        return event;
    }
    std::string dead_letter() {
        internal::v1::DeadLetter letter;
        EXPECT_EQ(dead_letters_.size(), 1U);
        const bool read = !dead_letters_.empty() && letter.ParseFromString(dead_letters_[0].value.value());
        EXPECT_TRUE(read);
        return letter.error();
    }
};

TEST_F(FiltersTest, AnEventGoesOnAsTheProgramLeftIt) {
    filter(R"(if .price.sku | startswith("B-") then .price.includes_tax = true else null end)");
    feed(price("A-1", "12.345678"));
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.filtered.value(), 1);
    feed(price("B-1", "12.345678"));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].set_price().includes_tax());
    EXPECT_EQ(events::from_proto(sent[0].set_price().regular()).text(), "12.345678") << "to the last digit";
}

TEST_F(FiltersTest, WhereAnEventCameFromCannotBeChanged) {
    filter(R"(.source.merchant = "other" | .source.connection = "shop")");
    feed(price("A-1", "1"));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].merchant(), "acme");
    EXPECT_EQ(sent[0].cause_connection(), "erp");
}

TEST_F(FiltersTest, AProgramThatFailsSetsTheRecordAside) {
    filter(R"(.price.sku | error)");
    feed(price("A-1", "1"));
    EXPECT_TRUE(take().empty());
    EXPECT_NE(dead_letter().find("running jq"), std::string::npos);
}

TEST_F(FiltersTest, WhatIsNoEventOfThisKindSetsTheRecordAside) {
    filter(R"({source: .source, stock: {sku: .price.sku}})");
    feed(price("A-1", "1"));
    EXPECT_NE(dead_letter().find("another kind of event"), std::string::npos);
}

TEST_F(FiltersTest, OtherEventsDoNotPassThroughIt) {
    filter("null");
    Event product = stock(0, ++now_ms_);
    product.clear_stock();
    product.mutable_product()->set_sku("A-1");
    feed(product);
    EXPECT_EQ(metrics_.filtered.value(), 0);
}

}  // namespace
}  // namespace shopwire::router
