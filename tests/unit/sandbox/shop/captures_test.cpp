// The recorded answers of a real shop, asked again of the sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/sandbox/shop/capture.h"

namespace sandbox::shop::testing {

namespace {

struct Expectation {
    const char* capture;
    std::set<std::string> except = {};
};

void expect_all(RecordedShop& shop, const std::vector<Expectation>& list) {
    for (const auto& expectation : list) shop.expect_same(expectation.capture, expectation.except);
}

}  // namespace

TEST(Captures, KeysAreRefusedWithTheRecordedTexts) {
    RecordedShop shop;
    expect_all(shop, {{"auth-none-401"},
                      {"auth-bearer-401"},
                      {"auth-basic-over-http-401"},
                      {"auth-basic-unknown-key-401"},
                      {"auth-basic-wrong-secret-401"},
                      {"auth-query-over-http-401"},
                      {"auth-readonly-key-post-401"},
                      {"auth-writeonly-key-get-401"},
                      {"products-batch-readonly-key"},
                      {"restroute-query-form"}});
}

TEST(Captures, WrongRequestsGetTheRecordedErrors) {
    RecordedShop shop;
    shop.fill();
    expect_all(shop, {{"err-invalid-json-400"},
                      {"err-method-not-on-route-404"},
                      {"err-no-route-404"},
                      {"product-get-invalid-id-404"},
                      {"product-update-invalid-id-400"},
                      {"product-delete-invalid-id-404"},
                      {"product-create-duplicate-sku-400"},
                      {"product-create-duplicate-sku-case-400"},
                      {"product-create-duplicate-gtin-400"},
                      {"product-create-with-id-400"},
                      {"product-create-bogus-type-400"},
                      {"product-put-on-variation-id"},
                      {"product-update-price-as-number"},
                      {"product-update-stock-fraction"},
                      {"product-update-stock-string"},
                      {"product-update-stock-status-bogus-400"},
                      {"products-bad-date-400"},
                      {"products-bad-orderby-400"},
                      {"products-per-page-0-400"},
                      {"products-per-page-101-400"},
                      {"products-type-variation-400"},
                      {"products-include-types-variation"},
                      {"products-batch-101-items-413"},
                      {"variation-update-wrong-parent"},
                      {"order-get-invalid-id-404"},
                      {"order-update-invalid-id-400"},
                      {"order-create-bogus-status-400"},
                      {"order-create-bogus-currency-400"},
                      {"order-create-free-text-item-400"},
                      {"order-create-unknown-customer-400"},
                      {"orders-by-bogus-status-400"},
                      {"customer-get-invalid-id-404"},
                      {"customer-create-no-email-400"},
                      {"customer-create-bad-email-400"},
                      {"customer-delete-without-force-501"},
                      {"customers-orderby-modified-400"},
                      {"webhook-get-invalid-id-404"},
                      {"webhook-delete-without-force-501"},
                      {"webhook-create-bad-topic-400"},
                      {"webhook-create-ghost-topic-400"},
                      {"webhook-create-bad-url-400"},
                      {"webhook-create-no-url-400"},
                      {"category-create-duplicate-400"}});
}

TEST(Captures, ProductsHaveTheRecordedShape) {
    RecordedShop shop;
    shop.fill();
    expect_all(shop, {{"product-get-fields-200"}});
    // What the recorded shop had been told by then.
    shop.call("PUT", "/products/15",
              {{"backorders", "notify"}, {"low_stock_amount", 2}, {"date_on_sale_to", "2026-12-24T23:59:59"}});
    expect_all(shop, {{"product-get-variable-200"},
                      {"variation-get-200"},
                      {"variation-fetched-as-product-200"},
                      {"products-by-sku-200", {"id", "stock_quantity"}},
                      {"products-by-sku-lowercase-200", {"id", "stock_quantity"}},
                      {"products-by-sku-none-200"},
                      {"products-by-sku-partial-200"},
                      {"products-by-variation-sku-200", {"manage_stock", "stock_quantity"}},
                      {"products-by-gtin", {"id", "stock_quantity"}},
                      {"variations-global-list-by-sku-200"},
                      {"products-list-page-out-of-range-200"},
                      {"data-currency-current-200"},
                      {"taxes-list-200"}});
}

TEST(Captures, StockAndPriceWritesEndAsRecorded) {
    RecordedShop shop;
    shop.fill();
    const std::set<std::string> ids{"id", "meta_data"};
    expect_all(shop, {{"product-update-stock-zero-200", ids},
                      {"product-update-stock-negative-200", ids},
                      {"product-update-stock-numeric-string", ids},
                      {"product-update-stock-null", ids},
                      {"product-update-manage-stock-off-200", {"id", "meta_data", "stock_status"}},
                      {"product-update-stock-while-not-managed", {"id", "meta_data", "stock_status"}},
                      {"product-update-backorders-200", ids}});
}

TEST(Captures, OrdersHaveTheRecordedAmountsAndShape) {
    RecordedShop shop;
    shop.fill();
    const std::set<std::string> ids{"id", "key"};
    shop.expect_same("customer-create-201", ids);
    shop.expect_same("order-create-201", ids);
    shop.expect_same("order-create-empty-201", {"id", "number", "href"});
    shop.expect_same("order-create-unknown-sku-201", {"id", "number", "href"});
    shop.expect_same("order-create-unknown-product", {"id", "number", "href"});
    shop.expect_same("order-create-line-item-by-sku-201", {"id", "number", "href"});
    shop.expect_same("order-create-with-tax-lines-readonly", {"id", "number", "href"});
    shop.expect_same("order-create-set-paid-201", {"id", "number", "href", "key"});
    shop.expect_same("orders-statuses-200");
    shop.expect_same("order-update-status-unknown-400");
    shop.expect_same("order-update-status-with-prefix");
    shop.expect_same("refund-create-empty-500");
    shop.expect_same("refund-create-api-refund-default");
    shop.expect_same("refund-create-too-much-500");
    shop.expect_same("order-note-create-201", {"id", "href"});
    shop.expect_same("refund-create-amount-only-201", {"id", "href"});
}

TEST(Captures, BatchesTreatEachItemAsRecorded) {
    RecordedShop shop;
    shop.fill();
    shop.expect_same("products-batch-empty-200");
    shop.expect_same("products-batch-empty-update-200");
    shop.expect_same("products-batch-fields-param-200");
    shop.expect_same("products-batch-update-not-array");
    shop.expect_same("products-batch-variation-id-in-products-batch");
    shop.expect_same("products-batch-mixed-partial-errors-200", {"id", "href", "total_sales"});
    shop.expect_same("products-batch-string-values-200");
}

TEST(Captures, WebhooksHaveTheRecordedShape) {
    RecordedShop shop;
    const auto capture = load_capture("webhook-create-201");
    auto request = capture;
    request["request"]["body"]["delivery_url"] = "http://127.0.0.1:1/hook";
    const auto answer = Json::parse(shop.replay(request).body);
    EXPECT_THAT(differences(capture["response"]["body"], answer, {"delivery_url"}), ::testing::IsEmpty());
    shop.expect_same("webhooks-list-disabled-200");
}

}  // namespace sandbox::shop::testing
