// Goal: what a real shop answered is read by what reads such answers.  Method: every capture is walked over; a file
// that no reader is for stands in an exclusion list with its reason, so that a new capture cannot be forgotten.
#include <gtest/gtest.h>

#include <map>

#include "common/core/clock.h"
#include "services/woocommerce/article.h"
#include "services/woocommerce/goods.h"
#include "services/woocommerce/intake.h"
#include "services/woocommerce/scan.h"
#include "services/woocommerce/sink.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

// Not an answer that we ask for.
const std::map<std::string, std::string> kExcluded{
    {"00-system-status.json", "needs an administrator's key; the version is not needed"},
    {"attribute-create-201.json", "read in article_test.cpp"},
    {"category-create-201.json", "read in article_test.cpp"},
    {"orders-batch-partial-errors-200.json", "orders are never written in a batch: it checks nothing"},
    {"orders-statuses-200.json", "9.4 does not have it"},
    {"customers-batch-partial-errors-200.json", "customers are not written in batches"},
    {"taxes-list-200.json", "orders carry their rates"},
    {"products-head.json", "no body"},
    {"products-batch-empty-200.json", "an array in place of an object: only the status counts, for the probe"},
    {"products-batch-empty-update-200.json", "nothing was sent"},
    {"products-batch-fields-param-200.json", "_fields is not used on batches: it empties the items"},
    {"products-batch-update-not-array.json", "a request that we cannot make"},
    {"wp-core-batch-v1-with-woo-route.json", "not an endpoint of the shop"},
    {"routes-wc-v3.json", "list of routes"},
};

bool is_excluded(const std::string& name) {
    return kExcluded.contains(name) || name.starts_with("measured-") || name.ends_with("-options-schema.json");
}

std::vector<std::string> all_captures() {
    std::vector<std::string> names;
    std::error_code ignored;  // an absent folder fails the count below
    for (const auto& file : std::filesystem::directory_iterator(kCaptures, ignored))
        if (file.path().extension() == ".json") names.push_back(file.path().filename().string());
    std::ranges::sort(names);
    return names;
}

std::string path_of(json::Value request) {
    std::string url(request.member("url").text());
    url = url.substr(0, url.find('?'));
    constexpr std::string_view kApi = "/wp-json/wc/v3/";
    return url.starts_with(kApi) ? url.substr(kApi.size()) : url;
}

std::vector<json::Value> rows_of(json::Value body) {
    if (!body.is_array()) return {body};
    std::vector<json::Value> rows;
    for (std::size_t i = 0; i < body.size(); ++i) rows.push_back(body.at(i));
    return rows;
}

Decimal decimal_of(json::Value value) { return Decimal::parse_rounded(value.text()).value_or(Decimal{}); }

void expect_order(json::Value row) {
    const Result<Events> events = order_events(row, {});
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 1U);
    if (row.member("status").text() == "trash") {
        EXPECT_EQ(events->front().deleted().native_id(), row.member("id").text());
        return;
    }
    const events::v1::Order& order = events->front().order();
    EXPECT_EQ(order.native_id(), row.member("id").text());
    EXPECT_EQ(order.status(), row.member("status").text());
    EXPECT_EQ(events::from_proto(order.total()), decimal_of(row.member("total")));
    EXPECT_EQ(static_cast<std::size_t>(order.lines_size()), row.member("line_items").size());
    EXPECT_EQ(order.personal().clear().email(), row.member("billing").member("email").text());
    EXPECT_EQ(events->front().source().modified_at_ms(), parse_utc(row.member("date_modified_gmt").text()).value());
}

void expect_product(json::Value row) {
    const Result<Shown> shown = read_shown(row);
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(shown->id, row.member("id").text());
    EXPECT_EQ(shown->sku, row.member("sku").text());
    const Result<ShownArticle> article = read_article(row);
    ASSERT_TRUE(article) << article.error().message;
    EXPECT_EQ(article->attributes.size(), row.member("attributes").size());
    const Result<Events> events = product_events(row, ShopFacts{.currency = "EUR", .prices_include_tax = true});
    ASSERT_TRUE(events) << events.error().message;
    if (row.member("status").text() == "trash") {
        EXPECT_TRUE(events->at(0).has_deleted());
        return;
    }
    EXPECT_EQ(events->at(0).product().sku(), shown->sku);
    const bool stock = row.member("manage_stock").boolean() && !shown->sku.empty();
    const auto found = std::ranges::find_if(*events, [](const events::Event& event) { return event.has_stock(); });
    EXPECT_EQ(found != events->end(), stock);
    if (stock && found != events->end()) {
        EXPECT_EQ(events::from_proto(found->stock().free()), decimal_of(row.member("stock_quantity")));
    }
}

void expect_customer(json::Value row) {
    const Result<Events> events = customer_events(row, {});
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->at(0).customer().native_id(), row.member("id").text());
    EXPECT_EQ(events->at(0).customer().personal().clear().email(), row.member("email").text());
}

void expect_refund(json::Value row) {
    const Result<Events> events = refund_events(row, "37");
    ASSERT_TRUE(events) << events.error().message;
    const events::v1::Refund& refund = events->at(0).refund();
    EXPECT_EQ(refund.native_id(), row.member("id").text());
    EXPECT_EQ(events::from_proto(refund.amount()), decimal_of(row.member("amount")));
    for (const events::v1::RefundLine& line : refund.lines()) {
        EXPECT_FALSE(line.order_line_native_id().empty());
        EXPECT_FALSE(events::from_proto(line.total()).is_negative());
    }
}

// Rows that were asked for with few fields: their ids are read, as by a scan.
void expect_ids(json::Value body) {
    TestShop test;
    test.transport.reply(200, body.dump());
    IdPosition position;
    const Result<IdPage> page = read_by_id(test.shop->client(), List::kProducts, {.fields = "id"}, position, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->rows.root().size(), body.size());
}

void expect_batch(json::Value request, json::Value body) {
    const json::Value sent = request.member("body").member("update");
    if (sent.size() == 0) {  // creates: only their shape is ours
        const json::Value rows = body.member("create");
        ASSERT_GT(rows.size(), 0U);
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (!rows.at(i).has("error")) expect_product(rows.at(i));
        return;
    }
    std::vector<ItemUpdate> items;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const std::string id(sent.at(i).has("id") ? sent.at(i).member("id").text() : "0");  // we always send one
        items.push_back({.id = id, .body = sent.at(i).dump()});
    }
    TestShop test;
    test.transport.reply(200, body.dump());
    const std::vector<Result<Shown>> written = write_items(test.shop->client(), items, kBatchMax, {});
    for (std::size_t i = 0; i < items.size(); ++i) {
        const json::Value row = body.member("update").at(i);
        ASSERT_EQ(written[i].has_value(), !row.has("error")) << i;
        if (!written[i])
            EXPECT_EQ(written[i].error().kind, ErrorKind::kRejected) << written[i].error().message;
        else
            EXPECT_EQ(written[i]->quantity.has_value(), !row.member("stock_quantity").is_null());
    }
}

void expect_webhook(json::Value row) {
    json::Reader read(row);
    EXPECT_FALSE(read.id("id").empty());
    EXPECT_FALSE(read.string("topic").empty());
    EXPECT_FALSE(read.string("status").empty());
    EXPECT_TRUE(read.status());
}

void expect_note(json::Value row) {
    events::Command command;
    command.mutable_add_order_note()->set_order_native_id("37");
    command.mutable_add_order_note()->set_text(std::string(row.member("note").text()));
    command.mutable_add_order_note()->set_to_customer(row.member("customer_note").boolean());
    TestShop test;
    test.transport.reply(200, "[" + row.dump() + "]");
    Sink sink(test.shop);
    const auto found = sink.find(command, {});
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ((*found)->result.native_id(), row.member("id").text());
}

void expect_setting(const std::string& path, json::Value body) {
    TestShop test;
    test.transport.reply(200, body.dump());
    if (path == "data/currencies/current") {
        EXPECT_EQ(test.shop->client().currency({}).value(), "EUR");
    } else if (path == "settings/tax/woocommerce_prices_include_tax") {
        EXPECT_EQ(test.shop->client().setting("tax/woocommerce_prices_include_tax", {}).value(), "yes");
    } else {
        EXPECT_EQ(body.member("value").text(),
                  "EUR");  // the other way to ask for the currency, which shops answer as well
    }
}

// Whether the row has what we ask for; some captures asked for less.
bool is_whole(const std::string& path, json::Value row) {
    if (path.starts_with("products") || path.starts_with("variations"))
        return row.has("manage_stock") && row.has("sku");
    if (path.starts_with("orders")) return row.has("line_items");
    return true;
}

void expect_read(json::Value request, json::Value body) {
    const std::string path = path_of(request);
    if (path.ends_with("/batch")) return expect_batch(request, body);
    if (path.starts_with("settings/") || path.starts_with("data/")) return expect_setting(path, body);
    if (body.is_array() && (body.size() == 0 || !is_whole(path, body.at(0)))) return expect_ids(body);
    for (const json::Value& row : rows_of(body)) {
        if (!is_whole(path, row))
            EXPECT_TRUE(row.has("id"));
        else if (path.find("refunds") != std::string::npos)
            expect_refund(row);
        else if (path.find("/notes") != std::string::npos)
            expect_note(row);
        else if (path.starts_with("orders"))
            expect_order(row);
        else if (path.starts_with("products") || path.starts_with("variations"))
            expect_product(row);
        else if (path.starts_with("customers"))
            expect_customer(row);
        else if (path.starts_with("webhooks"))
            expect_webhook(row);
        else
            ADD_FAILURE() << "no reader for " << path;
    }
}

ErrorKind expected_kind(const std::string& name, int status, bool reads) {
    // The whole shop is away, or was asked at a wrong address: no record is at fault.
    static const std::set<std::string> kNoShop{"err-no-route-404.json", "err-method-not-on-route-404.json"};
    if (kNoShop.contains(name)) return ErrorKind::kTransient;
    if (status == 401) return ErrorKind::kAuth;
    if (status == 501 || status < 500) return ErrorKind::kRejected;
    return reads ? ErrorKind::kTransient : ErrorKind::kAmbiguous;
}

void expect_error(const std::string& name, json::Value request, json::Value response) {
    const std::string method(request.member("method").text());
    const int status = static_cast<int>(Decimal::parse(response.member("status").text())->floor());
    const http::Request sent{.method = method, .idempotent = method == "GET", .operation = "asking"};
    const Status classified = classify_answer(sent, {.status = status, .body = response.member("body").dump()});
    ASSERT_FALSE(classified);
    EXPECT_EQ(classified.error().kind, expected_kind(name, status, method == "GET")) << classified.error().message;
    const std::string_view code = response.member("body").member("code").text();
    EXPECT_NE(classified.error().message.find(code), std::string::npos) << classified.error().message;
    const std::string_view message = response.member("body").member("message").text();
    EXPECT_TRUE(message.empty() || classified.error().message.find(message) == std::string::npos);
}

void expect_delivery(const std::string& name, json::Value delivery) {
    http::ServerRequest request{.method = "POST", .body = std::string(delivery.member("body_raw").text())};
    const json::Value headers = delivery.member("headers");
    for (std::size_t i = 0; i < headers.size(); ++i)
        request.headers.emplace_back(headers.at(i).at(0).text(), headers.at(i).at(1).text());
    if (name == "webhook-delivery-of-deleted-resource.json")  // recorded with a secret that is lost
        for (auto& [key, value] : request.headers)
            if (key == "X-WC-Webhook-Signature") value = webhook_signature(request.body, Secret(kSecret));
    TestShop test;
    Intake intake(test.shop);
    const auto received = intake.receive(request);
    EXPECT_EQ(received.status, 200);
    const std::string_view kind = name == "webhook-delivery-ping.json"                  ? "ping"
                                  : name == "webhook-delivery-of-deleted-resource.json" ? "gone"
                                  : name.starts_with("webhook-delivery-action")         ? "ignored"
                                                                                        : "ok";
    EXPECT_EQ(received.kind, kind);
    ASSERT_EQ(received.changes.empty(), kind != "ok");
    for (const runtime::Change& change : received.changes) EXPECT_TRUE(change.event) << change.event.error().message;
    EXPECT_TRUE(test.transport.requests().empty());
}

class Capture : public ::testing::TestWithParam<std::string> {};

TEST_P(Capture, IsReadByWhatReadsSuchAnswers) {
    const std::string& name = GetParam();
    const json::Document document = capture(name);
    const json::Value root = document.root();
    if (root.has("delivery")) return expect_delivery(name, root.member("delivery"));
    const json::Value response = root.member("response");
    const std::string_view status = response.member("status").text();
    if (status.starts_with("2"))
        expect_read(root.member("request"), response.member("body"));
    else
        expect_error(name, root.member("request"), response);
}

std::vector<std::string> covered() {
    std::vector<std::string> names = all_captures();
    std::erase_if(names, is_excluded);
    return names;
}

INSTANTIATE_TEST_SUITE_P(All, Capture, ::testing::ValuesIn(covered()), [](const auto& test) {
    std::string name = test.param.substr(0, test.param.size() - 5);
    std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

TEST(Captures, AreAllThereAndNothingIsExcludedThatDoesNotExist) {
    const std::vector<std::string> names = all_captures();
    EXPECT_GE(names.size(), 254U);
    for (const auto& [name, reason] : kExcluded) EXPECT_TRUE(std::ranges::binary_search(names, name)) << name;
}

}  // namespace
}  // namespace shopwire::woocommerce
