// The habits of the shop that are not in one recorded answer: zones, stock, silent deletes, OAuth, concurrency.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/sandbox/shop/storefront.h"
#include "tests/unit/sandbox/shop/capture.h"

namespace sandbox::shop::testing {

namespace {

std::int64_t stock_of(RecordedShop& shop, std::int64_t id) {
    return shop.call("GET", "/products/" + std::to_string(id))["stock_quantity"].get<std::int64_t>();
}

void set_clock(RecordedShop& shop, std::int64_t drift) { shop.store.set_drift(drift); }

std::size_t found(RecordedShop& shop, const std::string& query) {
    return shop.call("GET", "/products?sku=OI-1&" + query).size();
}

}  // namespace

TEST(Polling, ReadsABoundByTheFiveMeasuredZoneRules) {
    RecordedShop shop;
    shop.fill();
    const auto modified = shop.call("GET", "/products/36")["date_modified_gmt"].get<std::string>();
    const auto utc = kit::parse_time(modified).value().seconds;
    const auto before = kit::iso_seconds(utc - 1);
    const auto local_before = kit::iso_seconds(utc - 1 + 7200);
    EXPECT_EQ(found(shop, "modified_after=" + local_before), 1U);
    EXPECT_EQ(found(shop, "modified_after=" + kit::iso_seconds(utc + 7200)), 0U) << "the compare is exclusive";
    EXPECT_EQ(found(shop, "modified_after=" + before), 1U);
    EXPECT_EQ(found(shop, "modified_after=" + before + "Z"), 1U);
    EXPECT_EQ(found(shop, "modified_after=" + before + "&dates_are_gmt=true"), 1U);
    EXPECT_EQ(found(shop, "modified_after=" + before + "Z&dates_are_gmt=true"), 0U)
        << "flag and zone together lose changes";
    EXPECT_EQ(found(shop, "modified_after=" + kit::iso_seconds(utc - 1 + 7200) + "%2B02:00"), 1U);
}

TEST(Polling, ASaveWithoutAChangeBumpsTheDateAndAVariationBumpsItsParent) {
    RecordedShop shop;
    shop.fill();
    const auto parent = shop.call("GET", "/products/16")["date_modified_gmt"];
    set_clock(shop, 10);
    shop.call("PUT", "/products/16/variations/17", Json::object());
    EXPECT_NE(shop.call("GET", "/products/16")["date_modified_gmt"], parent);
}

TEST(Paging, WalksAllProductsOnceAndLinksThePages) {
    RecordedShop shop;
    shop.fill();
    std::set<std::int64_t> seen;
    for (int page = 1;; ++page) {
        const auto url = "/wp-json/wc/v3/products?per_page=2&orderby=id&order=asc&page=" + std::to_string(page);
        const auto answer = shop.send("GET", url);
        const auto rows = Json::parse(answer.body);
        if (rows.empty()) break;
        for (const auto& row : rows) EXPECT_TRUE(seen.insert(row["id"].get<std::int64_t>()).second);
    }
    EXPECT_EQ(seen.size(), 7U) << "variations are not listed";
}

TEST(Stock, FollowsTheOrdersStatus) {
    RecordedShop shop;
    shop.fill();
    const auto order = shop.call("POST", "/orders", {{"line_items", {{{"product_id", 36}, {"quantity", 3}}}}});
    const auto path = "/orders/" + order["id"].dump();
    EXPECT_EQ(stock_of(shop, 36), 100) << "pending takes nothing";
    shop.call("PUT", path, {{"status", "on-hold"}});
    EXPECT_EQ(stock_of(shop, 36), 97);
    shop.call("PUT", path, {{"status", "completed"}});
    EXPECT_EQ(stock_of(shop, 36), 97);
    shop.call("PUT", path, {{"status", "cancelled"}});
    EXPECT_EQ(stock_of(shop, 36), 100);
}

TEST(Stock, IsNotCheckedForRestOrders) {
    RecordedShop shop;
    shop.fill();
    shop.call("POST", "/orders", {{"set_paid", true}, {"line_items", {{{"product_id", 36}, {"quantity", 1000}}}}});
    EXPECT_EQ(stock_of(shop, 36), -900);
    EXPECT_EQ(shop.call("GET", "/products/36")["stock_status"], "outofstock");
}

TEST(Stock, ARefundGivesBackThePiecesItNames) {
    RecordedShop shop;
    shop.fill();
    const auto order =
        shop.call("POST", "/orders", {{"set_paid", true}, {"line_items", {{{"product_id", 36}, {"quantity", 3}}}}});
    const Json line{{"id", order["line_items"][0]["id"]}, {"quantity", 1}, {"refund_total", 9.88}};
    const auto refund = shop.call("POST", "/orders/" + order["id"].dump() + "/refunds",
                                  {{"api_refund", false}, {"line_items", Json::array({line})}});
    EXPECT_EQ(refund["line_items"][0]["quantity"], -1) << refund;
    EXPECT_EQ(refund["line_items"][0]["total"], "-9.88");
    EXPECT_EQ(stock_of(shop, 36), 98);
}

TEST(Checkout, NeverSellsMoreThanThereIsUnderParallelBuyers) {
    RecordedShop shop;
    shop.fill();
    std::atomic<int> sold{0};
    {
        std::vector<std::jthread> buyers(8);
        for (std::jthread& buyer : buyers) {
            buyer = std::jthread([&] {
                for (int n = 0; n < 20; ++n) {
                    const Json cart{{"lines", Json::array({{{"sku", "OI-1"}, {"quantity", 1}}})}};
                    if (checkout(shop.context, cart)) ++sold;
                }
            });
        }
    }
    EXPECT_EQ(sold, 100);
    EXPECT_EQ(stock_of(shop, 36), 0);
}

TEST(Checkout, RefusesAllLinesWhenOneIsShort) {
    RecordedShop shop;
    shop.fill();
    const Json cart{{"lines", {{{"sku", "OI-1"}, {"quantity", 1}}, {{"sku", "BT-1"}, {"quantity", 4}}}}};
    const auto refused = checkout(shop.context, cart);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 409);
    EXPECT_EQ(stock_of(shop, 36), 100);
}

TEST(Checkout, TakesAPercentageOffTheGrossPrices) {
    RecordedShop shop;
    shop.fill();
    ASSERT_TRUE(seed(shop.context, {{"coupons", {{{"code", "TEN"}, {"type", "percent"}, {"amount", "10"}}}}}));
    const auto made = checkout(shop.context, {{"lines", {{{"sku", "OI-1"}, {"quantity", 10}}}}, {"coupon", "ten"}});
    ASSERT_TRUE(made);
    const auto order = Json::parse(*made);
    EXPECT_EQ(order["total"], "111.60");
    EXPECT_EQ(order["coupon_lines"][0]["code"], "ten");
    EXPECT_EQ(order["created_via"], "store-api");
}

TEST(Log, TellsEveryStockChangeWithItsCause) {
    RecordedShop shop;
    shop.fill();
    ASSERT_TRUE(checkout(shop.context, {{"lines", {{{"sku", "OI-1"}, {"quantity", 2}}}}}));
    shop.call("PUT", "/products/36", {{"stock_quantity", 5}});
    const std::scoped_lock lock(shop.store.mutex);
    const auto log = Json::parse(shop.store.log_text(0, 1000));
    std::vector<std::string> causes;
    std::int64_t last = 0;
    for (const auto& entry : log["entries"]) {
        EXPECT_EQ(entry["seq"].get<std::int64_t>(), last + 1);
        last = entry["seq"].get<std::int64_t>();
        if (entry.value("product_id", 0) == 36)
            causes.push_back(entry["cause"].get<std::string>() + " " + entry["after"].dump());
    }
    EXPECT_THAT(causes, ::testing::ElementsAre("rest:create 100", "order:processing 98", "rest:put 5"));
}

TEST(Trash, KeepsTheSkuUntilTheProductIsRestored) {
    RecordedShop shop;
    shop.fill();
    shop.call("DELETE", "/products/36");
    EXPECT_EQ(shop.call("POST", "/products", {{"sku", "OI-1"}})["code"], "woocommerce_rest_product_not_created");
    EXPECT_TRUE(shop.call("GET", "/products?sku=OI-1").empty());
    EXPECT_EQ(shop.call("GET", "/products?sku=OI-1&status=trash").size(), 1U);
    EXPECT_EQ(shop.send("DELETE", "/wp-json/wc/v3/products/36").status, 410);
    EXPECT_EQ(shop.call("PUT", "/products/36", {{"status", "publish"}})["status"], "publish");
}

TEST(Prices, AreStoredAsUncheckedAsMeasured) {
    const std::pair<const char*, const char*> table[] = {
        {"24,90", "2490"}, {"abc", ""}, {"24.905", "24.905"}, {"7.5", "7.5"}};
    RecordedShop shop;
    shop.fill();
    for (const auto& [sent, stored] : table) {
        EXPECT_EQ(shop.call("PUT", "/products/36", {{"regular_price", sent}})["regular_price"], stored) << sent;
    }
}

TEST(Batch, MakesPendingOfAStatusItDoesNotKnow) {
    RecordedShop shop;
    shop.fill();
    const auto id =
        shop.call("POST", "/orders", {{"status", "completed"}, {"line_items", {{{"product_id", 36}}}}})["id"];
    EXPECT_EQ(stock_of(shop, 36), 99);
    const auto answer = shop.call("POST", "/orders/batch", {{"update", {{{"id", id}, {"status", "bogus"}}}}});
    EXPECT_EQ(answer["update"][0]["status"], "pending");
}

namespace {

std::string signed_url(const std::string& nonce, std::int64_t timestamp, const std::string& method = "HMAC-SHA256") {
    const std::string path = "/wp-json/wc/v3/products";
    const std::string parameters = "oauth_consumer_key=ck_full&oauth_nonce=" + nonce +
                                   "&oauth_signature_method=" + method +
                                   "&oauth_timestamp=" + std::to_string(timestamp) + "&per_page=1";
    const auto base = "GET&" + kit::url_encode("http://127.0.0.1:18081" + path) + "&" + kit::url_encode(parameters);
    const auto signature =
        method == "HMAC-SHA1" ? kit::hmac_sha1("cs_full&", base) : kit::hmac_sha256("cs_full&", base);
    return path + "?" + parameters + "&oauth_signature=" + kit::url_encode(kit::base64_encode(signature));
}

std::string told(RecordedShop& shop, const std::string& url) {
    const auto answer = shop.send("GET", url, nullptr, "", false);
    return answer.status == 200 ? "ok" : Json::parse(answer.body)["message"].get<std::string>();
}

}  // namespace

TEST(OAuth, OpensPlainHttpOnceForEachNonceInsideTheWindow) {
    RecordedShop shop;
    const auto now = shop.store.clock();
    EXPECT_EQ(told(shop, signed_url("n1", now)), "ok");
    EXPECT_EQ(told(shop, signed_url("n1", now)), "Invalid nonce - nonce has already been used.");
    EXPECT_EQ(told(shop, signed_url("n2", now + 1, "HMAC-SHA1")), "ok");
    EXPECT_EQ(told(shop, signed_url("n3", now - 1000)), "Invalid timestamp.");
    EXPECT_EQ(told(shop, signed_url("n4", now) + "x"), "Invalid signature - provided signature does not match.");
    EXPECT_EQ(told(shop, signed_url("n5", now, "PLAINTEXT")), "Invalid signature - signature method is invalid.");
}

TEST(Catalogue, ACategoryExistsUnderOneParentOnly) {
    RecordedShop shop;
    const auto tools = shop.call("POST", "/products/categories", {{"name", "Tools & more"}});
    const auto child = shop.call("POST", "/products/categories", {{"name", "Tools & more"}, {"parent", tools["id"]}});
    EXPECT_EQ(child["parent"], tools["id"]);
    const auto again = shop.call("POST", "/products/categories", {{"name", "tools & MORE"}, {"parent", tools["id"]}});
    EXPECT_EQ(again["code"], "term_exists");
    EXPECT_EQ(again["data"]["resource_id"], child["id"]);
    const auto second = shop.call("GET", "/products/categories?per_page=1&page=2");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0]["name"], "Tools &amp; more");
}

TEST(Catalogue, CountsImportsAndRefusesImagesThatAreNotThere) {
    RecordedShop shop;
    const Json sent{{"name", "x"}, {"images", {{{"src", "https://a.example/1.jpg?s=2"}}}}};
    const auto made = shop.call("POST", "/products", sent);
    EXPECT_EQ(shop.store.images.size(), 1U);
    const Json same{{"images", {{{"id", made["images"][0]["id"]}}}}};
    EXPECT_EQ(shop.call("PUT", "/products/" + made["id"].dump(), same)["images"], made["images"]);
    EXPECT_EQ(shop.store.images.size(), 1U);
    const Json unknown{{"name", "y"}, {"images", {{{"id", 999}}}}};
    EXPECT_EQ(shop.call("POST", "/products", unknown)["code"], "woocommerce_product_invalid_image_id");
    const Json gone{{"name", "z"}, {"images", {{{"src", "https://a.invalid/1.jpg"}}}}};
    EXPECT_EQ(shop.call("POST", "/products", gone)["code"], "woocommerce_product_image_upload_error");
    EXPECT_EQ(shop.store.products.size(), 1U) << "nothing is left behind";
}

TEST(Customers, AreListedByTheirRole) {
    RecordedShop shop;
    shop.call("POST", "/customers", {{"email", "a@example.test"}});
    shop.store.customers.begin()->second.role = "administrator";
    EXPECT_EQ(shop.call("GET", "/customers?email=a%40example.test").size(), 0U);
    EXPECT_EQ(shop.call("GET", "/customers?email=a%40example.test&role=all").size(), 1U);
}

}  // namespace sandbox::shop::testing
