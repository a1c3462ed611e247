// Lists and batches among the recorded answers.
#include <gtest/gtest.h>

#include <algorithm>

#include "services/woocommerce/goods.h"
#include "services/woocommerce/scan.h"
#include "services/woocommerce/webhooks.h"
#include "tests/unit/services/woocommerce/capture_answers.h"

namespace shopwire::woocommerce {
namespace {

// Each row: its id, then what else was asked for.
const std::map<std::string, std::vector<std::string>> kFewFields{
    {"auth-oauth1-encoded-params.json", {}},
    {"auth-oauth1-header-sha256-200.json", {}},
    {"auth-oauth1-query-sha1-200.json", {}},
    {"auth-oauth1-query-sha256-200.json", {}},
    {"auth-query-over-https-200.json", {}},
    {"customers-order-by-registered-200.json",
     {"6 par1795293379@example.test 2026-11-21T20:36:20", "4 auto@example.test 2026-11-21T20:17:18"}},
    {"orders-by-number.json",
     {"44 44", "43 43", "42 42", "41 41", "40 40", "39 39", "38 38", "37 37", "29 29", "28 28"}},
    {"orders-by-product-200.json", {"44 processing", "43 processing", "39 pending", "38 pending", "37 processing"}},
    {"orders-checkout-draft-200.json", {}},
    {"orders-modified-after-Z-and-flag.json", {}},
    {"product-after-oversell-200.json", {"36 outofstock -900"}},
    {"product-get-fields-200.json", {"15 HAM-500 10 2026-11-21T20:13:20"}},
    {"products-by-sku-none-200.json", {}},
    {"products-by-sku-partial-200.json", {}},
    {"products-by-stock-status-200.json", {"2170 outofstock", "2070 outofstock", "1970 outofstock"}},
    {"products-list-page-out-of-range-200.json", {}},
    {"products-modified-after-Z-and-flag.json", {}},
    {"products-modified-after-dates-are-gmt-200.json", {"31 POLL-B 2026-11-21T20:15:43"}},
    {"products-modified-after-gmt-Z.json", {"31 POLL-B 2026-11-21T20:15:43"}},
    {"products-modified-after-gmt-value-without-flag.json",
     {"31 POLL-B 2026-11-21T20:15:43", "30 POLL-A 2026-11-21T20:15:41", "22 VP 2026-11-21T20:14:58",
      "21 PROBE-1 2026-11-21T20:14:51", "20  2026-11-21T20:13:27", "16 TS 2026-11-21T20:13:25",
      "15 HAM-500 2026-11-21T20:13:25", "14  2026-11-21T20:11:35", "13  2026-11-21T20:11:35",
      "12  2026-11-21T20:11:34"}},
    {"products-modified-after-local-equal-200.json", {}},
    {"products-modified-after-local-minus1-200.json", {"31 POLL-B 2026-11-21T20:15:43"}},
    {"products-modified-after-offset.json", {"31 POLL-B 2026-11-21T20:15:43"}},
    {"variations-global-modified-after-200.json", {"24 VP-M", "23 VP-S"}},
    {"webhooks-list-disabled-200.json", {}},
};

std::string told(json::Value row) {
    json::Reader read(row);
    std::string text = read.id("id");
    for (const char* name : {"number", "status", "sku", "email", "stock_status"})
        if (row.has(name)) text += " " + read.string(name);
    if (row.has("stock_quantity")) text += " " + read.decimal("stock_quantity").text();
    if (row.has("date_modified_gmt")) text += " " + naive_utc(modified_s(row));
    EXPECT_TRUE(read.status()) << read.status().error().message;
    return text;
}

List list_of(const Call& call) {
    if (call.resource() == "orders") return List::kOrders;
    return call.resource() == "customers" ? List::kCustomers : List::kProducts;
}

void expect_refused(json::Value row, const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kRejected) << error.message;
    EXPECT_TRUE(error.message.contains(row.member("error").member("code").text())) << error.message;
    EXPECT_FALSE(error.message.contains(row.member("error").member("message").text())) << error.message;
}

// What was sent and what came back, item by item.
struct Items {
    std::vector<ItemUpdate> sent{};
    std::vector<json::Value> answered{};
};

Items items_of(const Call& call, const std::string& parent_id) {
    Items items;
    for (const char* part : {"create", "update"}) {
        const bool creates = part == std::string_view("create");
        const json::Value list = call.request.member("body").member(part);
        // An object in place of the list is read as one item, as the shop does.
        for (std::size_t i = 0; i < (list.is_object() ? 1 : list.size()); ++i) {
            const json::Value item = list.is_object() ? list : list.at(i);
            const std::string id(item.has("id") ? item.member("id").text() : "0");  // we always send one
            items.sent.push_back({.id = creates ? "" : id, .parent_id = parent_id, .body = item.dump()});
            items.answered.push_back(call.body().member(part).at(i));
        }
    }
    return items;
}

// A batch of products or variations, through what writes it.
void expect_written(const Call& call) {
    const std::string path = call.path();
    const std::size_t parent = path.find("/variations/");
    const std::size_t at = std::string_view("products/").size();
    const Items items = items_of(call, parent == std::string::npos ? "" : path.substr(at, parent - at));
    TestShop test;
    test.transport.reply(200, call.body().dump());
    const std::vector<Result<Shown>> written = write_items(test.shop->client(), items.sent, kBatchMax, {});
    ASSERT_EQ(written.size(), items.sent.size());
    EXPECT_EQ(test.path(0), "POST " + path);
    for (std::size_t i = 0; i < written.size(); ++i) {
        const json::Value row = items.answered[i];
        // An answer that leaves an item out says nothing of it.
        if (row.is_null()) {
            EXPECT_EQ(call.name, "products-batch-fields-param-200.json");
            EXPECT_EQ(written[i].error().kind, ErrorKind::kAmbiguous) << written[i].error().message;
            continue;
        }
        ASSERT_EQ(written[i].has_value(), !row.has("error")) << i;
        if (!written[i]) {
            expect_refused(row, written[i].error());
            continue;
        }
        EXPECT_EQ(written[i]->id, row.member("id").text());
        EXPECT_EQ(written[i]->sku, row.member("sku").text());
        EXPECT_EQ(written[i]->quantity.has_value(), !row.member("stock_quantity").is_null());
        EXPECT_EQ(written[i]->quantity.value_or(Decimal{}), decimal_of(row.member("stock_quantity")));
        EXPECT_EQ(written[i]->regular.value_or(Decimal{}), decimal_of(row.member("regular_price")));
    }
}

void expect_refused_item(json::Value row) {
    expect_refused(row, item_error(row.member("error")));
    EXPECT_EQ(item_code(row.member("error")), row.member("error").member("code").text());
}

// Nothing was sent and nothing came, an array in place of an object: enough for the probe, and for no item.
void expect_empty_batch(const Call& call) {
    EXPECT_EQ(call.body().size(), 0U);
    EXPECT_EQ(call.request.member("body").member("update").size(), 0U);
    TestShop test;
    test.transport.reply(200, call.body().dump());
    EXPECT_TRUE(test.shop->client().check_write_permission({}));
    test.transport.reply(200, call.body().dump());
    const std::vector<ItemUpdate> items{{.id = "32", .body = R"({"id":32,"stock_quantity":9})"}};
    const std::vector<Result<Shown>> written = write_items(test.shop->client(), items, kBatchMax, {});
    ASSERT_FALSE(written.at(0));
    EXPECT_EQ(written.at(0).error().kind, ErrorKind::kAmbiguous);
}

}  // namespace

void expect_batch(const Call& call) {
    if (call.body().is_array()) return expect_empty_batch(call);
    const std::string resource = call.resource();
    if (resource == "products" || resource == "variations") expect_written(call);
    for (const char* part : {"create", "update", "delete"}) {
        const json::Value sent = call.request.member("body").member(part);
        const json::Value rows = call.body().member(part);
        const bool left_out = call.name == "products-batch-fields-param-200.json";
        ASSERT_EQ(rows.size(), left_out ? 0U : sent.is_object() ? 1U : sent.size()) << part;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const json::Value item = sent.at(i);
            const json::Value row = rows.at(i);
            const std::string_view id = item.is_object() ? item.member("id").text() : item.text();
            EXPECT_TRUE(id.empty() || row.member("id").text() == id) << part << " " << i;
            if (row.has("error"))
                expect_refused_item(row);
            else
                expect_row(call, row);
        }
    }
}

void expect_list(const Call& call) {
    TestShop test;
    test.transport.reply(200, call.body().dump(), call.headers());
    const Result<ListRows> read = test.shop->client().list(list_of(call), {}, {});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->rows.root().size(), call.body().size());
    ASSERT_TRUE(read->total);
    EXPECT_EQ(std::to_string(*read->total), *http::find_header(call.headers(), "X-WP-Total"));
    EXPECT_GE(*read->total, static_cast<std::int64_t>(call.body().size()));
}

void expect_few_fields(const Call& call) {
    const auto expected = kFewFields.find(call.name);
    ASSERT_NE(expected, kFewFields.end()) << "few fields or no rows: what is read of it must stand in kFewFields";
    TestShop test;
    test.transport.reply(200, call.body().dump(), call.headers());
    std::vector<std::string> seen;
    if (call.resource() == "webhooks") {
        const Result<Webhooks> ours = read_our_webhooks(*test.shop, {});
        ASSERT_TRUE(ours) << ours.error().message;
        EXPECT_TRUE(ours->empty());
    } else if (call.body().is_array()) {
        IdPosition position;
        const Result<IdPage> page = read_by_id(test.shop->client(), list_of(call), {.fields = "id"}, position, {});
        ASSERT_TRUE(page) << page.error().message;
        EXPECT_EQ(page->first, 0U);
        for (std::size_t i = 0; i < page->rows.root().size(); ++i) seen.push_back(told(page->rows.root().at(i)));
    } else {
        const Result<json::Document> row = test.shop->client().get(list_of(call), "1", "id", {});
        ASSERT_TRUE(row) << row.error().message;
        seen.push_back(told(row->root()));
    }
    EXPECT_EQ(seen, expected->second);
}

// The shop finds by whole SKUs, whatever their capitals; a part of one finds nothing.
void expect_found_by_sku(const Call& call) {
    const std::vector<std::string> skus = call.asked("sku");
    TestShop test;
    test.transport.reply(200, call.body().dump());
    const auto found = find_shown(test.shop->client(), skus, {});
    ASSERT_EQ(found.size(), skus.size());
    std::size_t rows = 0;
    for (std::size_t i = 0; i < skus.size(); ++i) {
        ASSERT_TRUE(found[i]) << found[i].error().message;
        const auto& row = *found[i];
        if (!row) continue;
        ++rows;
        EXPECT_EQ(events::fold_sku(row->sku), events::fold_sku(skus[i]));
        EXPECT_FALSE(row->id.empty());
    }
    EXPECT_EQ(rows, call.body().size());
}

}  // namespace shopwire::woocommerce
