// Goal: passes are whole or fail; both dialects give the same events; prices follow campaigns, products and time.
#include "services/solteq/source.h"

#include "services/solteq/customer.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

class SourceOf : public ::testing::TestWithParam<const char*> {
 protected:
    bool rest_ = GetParam() == std::string("solteq-rest");
};
INSTANTIATE_TEST_SUITE_P(Dialect, SourceOf, ::testing::Values("solteq-rest", "solteq-alt"),
                         [](const auto& test) { return std::string(test.param) == "solteq-rest" ? "Rest" : "Alt"; });

std::string hash_text(const events::Event& event) { return event.source().content_hash(); }

TEST_P(SourceOf, GivesProductsWithoutTexts) {
    Rig rig(GetParam());
    rig.reply(fixture("products", GetParam()));
    const Result<runtime::Page> page = rig.source->read("products", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(2U, page->changes.size());
    ASSERT_TRUE(page->changes[0].event) << page->changes[0].event.error().message;
    const events::Event& event = *page->changes[0].event;
    const events::v1::Product& product = event.product();
    EXPECT_EQ("7d1c0f4e-0001", product.native_id());
    EXPECT_EQ("TS-2041-BLK-M", product.sku());
    EXPECT_EQ("06412345678907", product.gtin());  // 13 and 14 digits alike: rules 6.6 case 27
    EXPECT_EQ("variant", product.kind());
    EXPECT_EQ("cat-12", product.categories(0).native_id());
    EXPECT_EQ("sup-3", product.supplier_native_id());
    EXPECT_EQ("color", product.attributes(0).name());
    EXPECT_EQ("Black", product.attributes(0).options(0));
    EXPECT_EQ(dec("25.5"), events::from_proto(product.vat_rate()));
    EXPECT_EQ("", product.description());
    EXPECT_EQ(0, product.images_size());
    EXPECT_EQ(1795248765000, event.source().modified_at_ms());
    EXPECT_TRUE(events::check(event));
    // Empty members: the record is kept.
    ASSERT_TRUE(page->changes[1].event) << page->changes[1].event.error().message;
    EXPECT_EQ("K-100", page->changes[1].event->product().sku());
}

// Rules 6.6 case 30.
TEST_P(SourceOf, AnUnknownKindIsLeftOutAndCounted) {
    Rig rig(GetParam());
    for (const char* stream : {"products", "catalogue"}) {
        rig.reply(fixture("products", GetParam()));
        const Result<runtime::Page> page = rig.source->read(stream, {}, {});
        ASSERT_TRUE(page) << page.error().message;
        ASSERT_TRUE(page->changes[1].event) << page->changes[1].event.error().message;
        EXPECT_EQ("", page->changes[1].event->product().kind());
        EXPECT_EQ("Muki", page->changes[1].event->product().name());
        EXPECT_EQ("variant", page->changes[0].event->product().kind());
    }
    rig.reply(with(fixture("customers", GetParam()), R"("company")", R"("guild")"));
    const Result<runtime::Page> page = rig.source->read("customers", {}, {});
    ASSERT_TRUE(page && page->changes.at(0).event);
    EXPECT_EQ("", page->changes[0].event->customer().kind());
    EXPECT_EQ("c-991", page->changes[0].event->customer().native_id());
    EXPECT_TRUE(rig.metrics->text().contains("shopwire_solteq_unknown_values_total{connection=\"acme/erp\"} 3"));
    Rig known(GetParam(), "product_kinds: [hologram]\n");
    known.reply(fixture("products", GetParam()));
    EXPECT_EQ("hologram", known.source->read("products", {}, {})->changes.at(1).event->product().kind());
}

// Rules 6.6 case 28: the target can make the parent first, for each variant names its model.
TEST_P(SourceOf, NamesTheModelOfAVariant) {
    Rig rig(GetParam());
    rig.reply(fixture("products", GetParam()));
    const Result<runtime::Page> page = rig.source->read("catalogue", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ("TS-2041", page->changes[0].event->product().model_number());
    EXPECT_TRUE(page->changes[0].event->product().attributes(0).varies());
}

TEST(Source, BothShapesGiveTheSameEvents) {
    std::vector<std::string> hashes[2];
    int at = 0;
    for (const char* dialect : {"solteq-rest", "solteq-alt"}) {
        Rig rig(dialect);
        rig.reply(fixture("products", dialect));
        rig.reply(fixture("balances", dialect));
        rig.reply(fixture("customers", dialect));
        rig.reply(fixture("discounts", dialect));
        rig.reply(list_of(dialect, {}));
        rig.reply(fixture("products", dialect));
        for (const char* stream : {"products", "balances", "customers", "campaigns"}) {
            const Result<runtime::Page> page = rig.source->read(stream, {}, {});
            ASSERT_TRUE(page) << page.error().message;
            for (const runtime::Change& change : page->changes) {
                ASSERT_TRUE(change.event) << change.event.error().message;
                hashes[at].push_back(std::string(stream) + " " + hash_text(*change.event));
            }
        }
        ++at;
    }
    EXPECT_EQ(7U, hashes[0].size());
    EXPECT_EQ(hashes[0], hashes[1]);
}

TEST_P(SourceOf, AsksForChangesSinceTheStartOfTheLastPass) {
    Rig rig(GetParam(), "page_size: 2");
    const std::string row = rest_ ? R"({"id":"p","sku":"A"})" : R"({"id":"p","stockItem":{"sku":"A"}})";
    rig.reply(rest_ ? list_of(GetParam(), {row, row}, R"("to+ken")")
                    : R"({"items":[)" + row + "," + row + R"(],"page":1,"total":3})");
    const Result<runtime::Page> first = rig.source->read("products", {}, {});
    ASSERT_TRUE(first && first->more);
    rig.clock.advance(std::chrono::minutes(2));
    rig.reply(rest_ ? list_of(GetParam(), {R"({"id":"q","sku":"B"})"})
                    : R"({"items":[{"id":"q","stockItem":{"sku":"B"}}],"page":2,"total":3})");
    const Result<runtime::Page> second = rig.source->read("products", first->next, {});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_FALSE(second->more);
    rig.reply(list_of(GetParam(), {}));
    ASSERT_TRUE(rig.source->read("products", second->next, {}));
    const std::vector<std::string> asked = rig.asked();
    const std::string same = "timezone=Europe%2FHelsinki&storeId=store-1";
    ASSERT_EQ(3U, asked.size());
    if (rest_) {
        EXPECT_EQ("GET /catalog/v1-ext/products?" + same + "&pageSize=2", asked[0]);
        EXPECT_EQ("GET /catalog/v1-ext/products?" + same + "&continuationToken=to%2Bken&pageSize=2", asked[1]);
        // Five minutes before the pass began, not before it ended.
        EXPECT_EQ("GET /catalog/v1-ext/products?modifiedSince=2026-11-21T23%3A55%3A00Z&" + same + "&pageSize=2",
                  asked[2]);
    } else {
        EXPECT_EQ("GET /catalog/v1-ext/products?" + same + "&page=1&pageSize=2", asked[0]);
        EXPECT_EQ("GET /catalog/v1-ext/products?" + same + "&page=2&pageSize=2", asked[1]);
        EXPECT_EQ("GET /catalog/v1-ext/products?modifiedSince=1795305300000&" + same + "&page=1&pageSize=2", asked[2]);
    }
}

TEST(Source, ReadsAgainFromATimeThatIsAskedFor) {
    const runtime::Cursor at{.text = "500000\n700000\npage"};
    EXPECT_EQ(cursor_since(400'000, at)->text, "400000\n0\n");
    EXPECT_EQ(cursor_since(600'000, at)->text, at.text) << "what lies between is not skipped";
    EXPECT_EQ(cursor_since(400'000, {})->text, "") << "its first reading is still to come";
}

struct Scope {
    const char* name;
    const char* settings;
    std::vector<std::string> expected;  // location SKU free reserved
};
void PrintTo(const Scope& scope, std::ostream* out) { *out << scope.name; }
class BalanceScope : public ::testing::TestWithParam<Scope> {};
TEST_P(BalanceScope, DecidesTheLocations) {
    Rig rig("solteq-rest", GetParam().settings);
    rig.reply(fixture("balances", "solteq-rest"));
    // Another store that sells from the shared stock too: its pieces must not count twice.
    rig.reply(list_of(
        "solteq-rest",
        {R"({"sku":"ts-2041-blk-m","storeId":"store-2","stockId":"stock-3","freeBalance":40,"reservedBalance":0})",
         R"({"sku":"TS-2041-BLK-M","storeId":"store-2","stockId":"stock-2","freeBalance":3,"reservedBalance":1})",
         R"({"sku":"TS-2041-BLK-M","storeId":"store-9","stockId":"stock-9","freeBalance":99,"reservedBalance":0})"}));
    const Result<runtime::Page> first = rig.source->read("balances", {}, {});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(first->more && first->changes.empty()) << "how far it is, and no sum that is not whole";
    EXPECT_GT(first->rows.value_or(0), 0);
    EXPECT_FALSE(first->left) << "nobody knows what the other store has";
    const Result<runtime::Page> page = rig.source->read("balances", first->next, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_FALSE(page->more);
    EXPECT_EQ(3, page->rows.value_or(0));
    std::vector<std::string> seen;
    for (const runtime::Change& change : page->changes) {
        const events::v1::Stock& stock = change.event->stock();
        seen.push_back(change.event->source().location() + " " + stock.sku() + " " +
                       events::from_proto(stock.free()).text() + " " + events::from_proto(stock.reserved()).text());
        EXPECT_EQ(events::from_proto(stock.on_hand()),
                  events::from_proto(stock.free()) + events::from_proto(stock.reserved()));
        EXPECT_TRUE(events::check(*change.event));
    }
    EXPECT_EQ(GetParam().expected, seen);
    EXPECT_EQ(1.0, rig.metrics->gauge("shopwire_solteq_negative_balances", "", {{"connection", "acme/erp"}}).value());
}
INSTANTIATE_TEST_SUITE_P(
    Of, BalanceScope,
    ::testing::Values(Scope{"Sum", "stores: [store-1, store-2]", {"store-1 TS-2041-BLK-M 57 3", "store-1 K-100 -2 0"}},
                      Scope{"Store",
                            "stores: [store-1, store-2]\nbalance_scope: store",
                            {"store-1 TS-2041-BLK-M 54 2", "store-1 K-100 -2 0", "store-2 TS-2041-BLK-M 3 1"}},
                      Scope{"Stock",
                            "stores: [store-1, store-2]\nbalance_scope: stock",
                            {"stock-1 TS-2041-BLK-M 14 2", "stock-3 TS-2041-BLK-M 40 0", "stock-1 K-100 -2 0",
                             "stock-2 TS-2041-BLK-M 3 1"}}),
    [](const auto& test) { return test.param.name; });

// Rules 6.6 case 15.
TEST_P(SourceOf, AReadThatBreaksGivesNoBalancesAtAll) {
    Rig rig(GetParam(), "stores: [store-1, store-2]");
    rig.reply(fixture("balances", GetParam()));
    rig.transport.otherwise([](const http::Request&, std::stop_token) { return http::Response{.status = 503}; });
    const Result<runtime::Page> first = rig.source->read("balances", {}, {});
    ASSERT_TRUE(first && first->changes.empty());
    const Result<runtime::Page> page = rig.source->read("balances", first->next, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kTransient, page.error().kind);
    EXPECT_NE(std::string::npos, page.error().message.find("reading balances: store store-2")) << page.error().message;
}

// Its first rows come again, and must not count twice.
TEST(Source, BalancesWhosePageTokenIsRefusedAreReadAgain) {
    Rig rig("solteq-rest", "page_size: 1");
    const auto row = [](const std::string& sku) {
        return R"({"sku":")" + sku + R"(","storeId":"store-1","freeBalance":5})";
    };
    rig.reply(list_of("solteq-rest", {row("A")}, R"("t1")"));
    rig.transport.reply(400, R"({"error":{"code":"INVALID_CONTINUATION_TOKEN"}})");
    rig.reply(list_of("solteq-rest", {row("A")}, R"("t2")"));
    rig.reply(list_of("solteq-rest", {row("B")}));
    std::vector<std::string> seen;
    runtime::Cursor at;
    std::int64_t rows = 0;
    for (bool more = true; more;) {
        const Result<runtime::Page> page = rig.source->read("balances", at, {});
        ASSERT_TRUE(page) << page.error().message;
        for (const runtime::Change& change : page->changes)
            seen.push_back(change.event->stock().sku() + " " + events::from_proto(change.event->stock().free()).text());
        rows += page->rows.value_or(0);
        at = page->next;
        more = page->more;
    }
    EXPECT_EQ((std::vector<std::string>{"A 5", "B 5"}), seen);
    EXPECT_EQ(2, rows);
}

TEST(Source, SlicesManyBalances) {
    Rig rig;
    std::vector<std::string> rows;
    for (std::size_t i = 0; i <= Source::kSliceRows; ++i)
        rows.push_back(R"({"sku":"S)" + std::to_string(i) +
                       R"(","storeId":"store-1","stockId":"stock-1","freeBalance":1})");
    rows.push_back(R"({"sku":"","storeId":"store-1","freeBalance":1})");
    rig.reply(list_of("solteq-rest", rows));
    const Result<runtime::Page> first = rig.source->read("balances", {}, {});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(Source::kSliceRows, first->changes.size());
    const Result<runtime::Page> second = rig.source->read("balances", first->next, {});
    ASSERT_TRUE(second);
    ASSERT_EQ(2U, second->changes.size());
    EXPECT_FALSE(second->changes[1].event);  // set aside; the runtime then tells no absence
    EXPECT_FALSE(second->changes[1].raw.empty());
    EXPECT_FALSE(second->more);
}

// One pass of the stream campaigns: discounts, categories, products.
std::vector<std::string> prices(Rig& rig, const std::string& discounts, const std::string& products) {
    rig.reply(
        list_of("solteq-rest", discounts.empty() ? std::vector<std::string>{} : std::vector<std::string>{discounts}));
    rig.reply(list_of("solteq-rest", {R"({"id":"cat-12","parentId":"cat-1"})"}));
    rig.reply(list_of("solteq-rest", {products}));
    const Result<runtime::Page> page = rig.source->read("campaigns", {}, {});
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> out;
    for (const runtime::Change& change : page->changes) {
        const events::v1::Price& price = change.event->price();
        out.push_back(price.sku() + " " + events::from_proto(price.regular()).text(2) + " " +
                      (price.has_sale() ? events::from_proto(price.sale()).text(2) : "none"));
    }
    return out;
}
const std::string kShirt =
    R"({"id":"p-1","sku":"A","categoryIds":["cat-12"],"salesPrice":29.9,"purchasePrice":11.2,"modifiedAt":"2026-11-01T00:00:00Z"})";
const std::string kGroupCampaign =
    R"({"id":"d","kind":"simple","valueType":"percentage","value":15,"targets":[{"level":"productGroup","id":"cat-1"}],"validFrom":"2026-11-20T00:00:00","validTo":"2026-11-22T12:00:00","isActive":true})";

TEST(Prices, FollowCampaignProductAndPrice) {
    Rig rig;
    EXPECT_EQ((std::vector<std::string>{"A 29.90 25.42"}), prices(rig, kGroupCampaign, kShirt));
    // The percentage follows a new regular price in the same event.
    EXPECT_EQ((std::vector<std::string>{"A 40.00 34.00"}), prices(rig, kGroupCampaign, with(kShirt, "29.9", "40.0")));
    // Rules 6.6 case 23: the product moves out of the group.
    EXPECT_EQ((std::vector<std::string>{"A 29.90 none"}),
              prices(rig, kGroupCampaign, with(kShirt, "cat-12", "cat-20")));
    // The campaign is gone.
    EXPECT_EQ((std::vector<std::string>{"A 29.90 none"}), prices(rig, "", kShirt));
}

TEST(Prices, AreComputedAgainWhenAWindowEnds) {
    Rig rig;
    rig.reply(list_of("solteq-rest", {kGroupCampaign}));
    rig.reply(list_of("solteq-rest", {R"({"id":"cat-12","parentId":"cat-1"})"}));
    rig.reply(list_of("solteq-rest", {kShirt}));
    const Result<runtime::Page> page = rig.source->read("campaigns", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    const events::v1::Price& price = page->changes.at(0).event->price();
    EXPECT_EQ("2026-11-19T22:00:00.000Z", format_utc(price.sale_from_ms()));
    EXPECT_EQ("2026-11-22T10:00:00.000Z", format_utc(price.sale_to_ms()));
    ASSERT_TRUE(page->again_in);
    EXPECT_EQ(std::chrono::hours(10) + std::chrono::seconds(1), *page->again_in);
    rig.clock.advance(*page->again_in);
    EXPECT_EQ((std::vector<std::string>{"A 29.90 none"}), prices(rig, kGroupCampaign, kShirt));
}

TEST(Prices, HoldThePurchasePriceOnlyOnRequest) {
    for (const bool asked : {false, true}) {
        Rig rig("solteq-rest", asked ? "publish_purchase_price: true" : "");
        rig.reply(list_of("solteq-rest", {}));
        rig.reply(list_of("solteq-rest", {}));
        rig.reply(list_of("solteq-rest", {kShirt}));
        const Result<runtime::Page> page = rig.source->read("campaigns", {}, {});
        ASSERT_TRUE(page);
        EXPECT_EQ(asked, page->changes.at(0).event->price().has_purchase());
        // The others never have a place for it.
        rig.reply(list_of("solteq-rest", {kShirt}));
        const Result<runtime::Page> products = rig.source->read("products", {}, {});
        ASSERT_TRUE(products);
        EXPECT_EQ(std::string::npos, products->changes.at(0).event->DebugString().find("11200000"));
    }
}

TEST(Prices, ACampaignThatCannotBeReadStopsThePass) {
    Rig rig;
    rig.reply(list_of("solteq-rest", {with(kGroupCampaign, R"("2026-11-20T00:00:00")", R"("soon")")}));
    const Result<runtime::Page> page = rig.source->read("campaigns", {}, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(ErrorKind::kRejected, page.error().kind);
    EXPECT_NE(std::string::npos, page.error().message.find("$.valid_from")) << page.error().message;
}

TEST(Prices, CampaignsThatAreNotAppliedAreCounted) {
    Rig rig;
    rig.reply(fixture("discounts", "solteq-rest"));
    rig.reply(list_of("solteq-rest", {}));
    rig.reply(fixture("products", "solteq-rest"));
    ASSERT_TRUE(rig.source->read("campaigns", {}, {}));
    const auto skipped = [&rig](const char* reason) {
        return rig.metrics
            ->gauge("shopwire_solteq_campaigns_not_applied", "", {{"connection", "acme/erp"}, {"reason", reason}})
            .value();
    };
    EXPECT_EQ(1.0, skipped("customers"));
    EXPECT_EQ(1.0, skipped("kind"));
    EXPECT_EQ(0.0, skipped("value"));
}

TEST(Prices, NeedNoCampaignsWhenTheProductDecides) {
    Rig rig("solteq-rest", "discount_source: product");
    rig.reply(fixture("products", "solteq-rest"));
    const Result<runtime::Page> page = rig.source->read("campaigns", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(dec("24.9"), events::from_proto(page->changes.at(0).event->price().sale()));
    EXPECT_EQ(1U, rig.asked().size());
}

TEST_P(SourceOf, GivesCustomers) {
    Rig rig(GetParam());
    rig.reply(fixture("customers", GetParam()));
    const Result<runtime::Page> page = rig.source->read("customers", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    const events::Event& event = *page->changes.at(0).event;
    const events::v1::Customer& customer = event.customer();
    EXPECT_EQ("c-991", customer.native_id());
    EXPECT_TRUE(customer.company());
    EXPECT_EQ("990001", customer.code());
    EXPECT_EQ("woo:main:77", customer.external_id());
    EXPECT_EQ("STAFF", customer.groups(0));
    EXPECT_FALSE(customer.credit_allowed());
    EXPECT_EQ("Esimerkki Oy", customer.personal().clear().billing().company());
    EXPECT_EQ("00100", customer.personal().clear().billing().postal_code());
    EXPECT_EQ("FI12345671", customer.personal().clear().tax_id());
    EXPECT_EQ(1795248000000, event.source().modified_at_ms());
    EXPECT_TRUE(events::check(event));
}

TEST_P(SourceOf, DropsTheEchoOfAWriteOfOurs) {
    Rig rig(GetParam());
    rig.reply(list_of(GetParam(), {}));
    const Result<runtime::Page> before = rig.source->read("customers", {}, {});
    ASSERT_TRUE(before);
    rig.reply(fixture("customers", GetParam()));
    const auto cards = rig.room->client->customers("email", "x@y.z", {});
    ASSERT_TRUE(cards);
    rig.room->echoes->agree("c-991", hash_of(cards->at(0)));
    rig.reply(fixture("customers", GetParam()));
    const Result<runtime::Page> echo = rig.source->read("customers", before->next, {});
    ASSERT_TRUE(echo);
    EXPECT_TRUE(echo->changes.empty());
    // A real change is none.
    rig.reply(with(fixture("customers", GetParam()), "Katu 1", "Katu 9"));
    const Result<runtime::Page> change = rig.source->read("customers", echo->next, {});
    ASSERT_TRUE(change);
    EXPECT_EQ(1U, change->changes.size());
}

// What could not be delivered is read again, and must then be given again.
TEST(Source, AgreesOnACustomerOnlyWhenItIsDurable) {
    Rig rig;
    rig.reply(list_of("solteq-rest", {}));
    const Result<runtime::Page> start = rig.source->read("customers", {}, {});
    ASSERT_TRUE(start);
    for (int attempt = 0; attempt < 2; ++attempt) {
        rig.clock.advance(std::chrono::seconds(1));
        rig.reply(fixture("customers", "solteq-rest"));
        const Result<runtime::Page> page = rig.source->read("customers", start->next, {});
        ASSERT_TRUE(page);
        EXPECT_EQ(1U, page->changes.size()) << attempt;
        EXPECT_EQ("", rig.room->echoes->agreed("c-991"));
        if (attempt == 0) continue;
        rig.clock.advance(std::chrono::seconds(1));
        rig.reply(fixture("customers", "solteq-rest"));
        const Result<runtime::Page> next = rig.source->read("customers", page->next, {});
        ASSERT_TRUE(next);
        EXPECT_TRUE(next->changes.empty());
        EXPECT_NE("", rig.room->echoes->agreed("c-991"));
    }
}

TEST(Source, KnowsNoOtherStream) {
    Rig rig;
    EXPECT_FALSE(rig.source->read("orders", {}, {}));
}

}  // namespace
}  // namespace shopwire::solteq
