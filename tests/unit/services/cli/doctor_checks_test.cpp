#include "services/cli/doctor_checks.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

Routes routes() {
    return routes_of(nlohmann::json::parse(R"({"merchants":{"example":{
        "orders":[{"from":"shop","to":"erp","export":true,"export_since":"2027-01-01T00:00:00Z",
                   "statuses":["processing"],"cancel_statuses":["cancelled"],"ignored_statuses":["failed"],
                   "document_type":"reservation","rule_payment_methods":["invoice"],"filter_payment_methods":[]}],
        "stock":[{"from":"erp","to":"shop"}],"prices":[{"from":"erp","to":"shop"}],"products":[],
        "sku_aliases":{"shop":{"Mug":"A-1"}}}}})"),
                     "example");
}

// "check: grade: what" of each.
std::vector<std::string> lines(const Stored& stored, const Terms& terms, const std::string& connection = "shop") {
    std::vector<std::string> out;
    for (const Finding& finding : cross_checks("example", connection, routes(), stored, terms))
        out.push_back(finding.check + ": " + finding.grade + ": " + finding.what);
    return out;
}

kafka::Record stock_event(const std::string& connection, const std::string& sku, bool gone = false) {
    events::Event event;
    event.mutable_source()->set_merchant("example");
    event.mutable_source()->set_connection(connection);
    event.mutable_source()->set_system("alpha");
    if (gone) {
        event.mutable_deleted()->set_entity("stock");
        event.mutable_deleted()->set_sku(sku);
    } else {
        event.mutable_stock()->set_sku(sku);
    }
    return {.topic = "shopwire.events.stock", .key = "x", .value = event.SerializeAsString()};
}

kafka::Record snapshot_row(const std::string& connection, const std::string& sku) {
    internal::v1::SnapshotRow row;
    row.set_event(stock_event(connection, sku, true).value.value());
    return stored("shopwire.state.snapshots.alpha", "example/" + connection + "/stock//stock/x", row);
}

kafka::Record price_of(const char* currency, bool includes_tax, int vat) {
    internal::v1::PriceLink link;
    link.add_targets()->set_connection("shop");
    link.mutable_last()->set_currency(currency);
    link.mutable_last()->set_includes_tax(includes_tax);
    *link.mutable_last()->mutable_vat_rate() = decimal(vat);
    return cli::stored(events::router_state_topic("links"), "p/example/a-1", link);
}

TEST(RoutesOf, ReadsWhatTheRouterTells) {
    EXPECT_TRUE(routes().known);
    EXPECT_EQ(routes().orders.at(0).statuses, (std::set<std::string>{"processing", "cancelled", "failed"}));
    EXPECT_EQ(routes().canonical("shop", " MUG "), "a-1");
    EXPECT_EQ(routes().canonical("erp", "Mug"), "mug");
    EXPECT_FALSE(routes_of(nlohmann::json::object(), "example").known);
}

TEST(CrossChecks, NameWordsThatNoTableHas) {
    Stored stored;
    add(stored, order_event(), "example", routes());  // processing
    const auto found = lines(stored, {.statuses = {"failed", "on-its-way"}, .payment_methods = {"invoice", "cod"}});
    ASSERT_GE(found.size(), 2U);
    EXPECT_EQ(found[0],
              "statuses: fault: in no table of the route to erp, so that its orders wait for a person: "
              "on-its-way");
    EXPECT_EQ(found[1], "payments: warning: in no document rule to erp, so that the order becomes a reservation: cod");
    const auto well = lines(stored, {.statuses = {"failed"}, .payment_methods = {"invoice"}});
    EXPECT_EQ(well[0], "statuses: ok: all 2 are in a table of the route to erp");  // with the order's own
    EXPECT_TRUE(well[1].starts_with("payments: ok"));
}

TEST(CrossChecks, ComparePricesWithTheSideThatShowsThem) {
    Stored stored;
    add(stored, price_of("RSD", true, 20), "example", routes());
    const Terms shop{.currency = "RSD", .basis = "with tax", .tax_rates = {"20"}};
    const auto well = lines(stored, shop);
    EXPECT_NE(std::ranges::find(well, "taxes: ok: shop has every rate of erp"), well.end());
    add(stored, price_of("RSD", true, 10), "example", routes());
    std::string all;
    for (const std::string& line : lines(stored, {.currency = "EUR", .basis = "without tax", .tax_rates = {"20"}}))
        all += line + "\n";
    EXPECT_TRUE(all.contains("currency: fault: erp tells prices in RSD, shop keeps them in EUR")) << all;
    EXPECT_TRUE(all.contains("tax basis: fault: erp tells prices with tax, shop keeps them without tax")) << all;
    EXPECT_TRUE(all.contains("taxes: fault: erp has articles at 10 %, shop has no such rate")) << all;
}

// Some systems tell the rate with the article, and not with its price.
TEST(CrossChecks, KnowRatesThatAreToldWithTheArticle) {
    Stored stored;
    const auto taxes = [&] {
        for (const Finding& finding : cross_checks("example", "shop", routes(), stored, {.tax_rates = {"20"}}))
            if (finding.check == "taxes") return finding.grade + ": " + finding.what;
        return std::string();
    };
    EXPECT_EQ(taxes(), "ok: erp tells no rates: nothing to compare");
    events::Event event;
    event.mutable_source()->set_merchant("example");
    event.mutable_source()->set_connection("erp");
    *event.mutable_product()->mutable_vat_rate() = decimal(10);
    add(stored, {.topic = "shopwire.events.product", .key = "x", .value = event.SerializeAsString()}, "example",
        routes());
    EXPECT_EQ(taxes(), "fault: erp has articles at 10 %, shop has no such rate: totals will differ");
}

TEST(CrossChecks, NameArticlesThatMeetNobodyOnEachSide) {
    Stored stored;
    const auto last_two = [&] {
        auto all = lines(stored, {});
        return std::vector<std::string>(all.size() < 4 ? all.end() - 1 : all.end() - 2, all.end());
    };
    EXPECT_EQ(last_two().back(), "SKU unmatched: unknown: erp was not read in full yet");
    for (const char* sku : {"A-1", "B-1", "C-1"}) add(stored, snapshot_row("erp", sku), "example", routes());
    EXPECT_EQ(last_two().back(), "SKU unmatched: unknown: shop was not read in full yet");
    for (const char* sku : {"mug", "b-1", "Z-9"}) add(stored, snapshot_row("shop", sku), "example", routes());
    EXPECT_EQ(last_two(),
              (std::vector<std::string>{"SKU unmatched: warning: 1 of 3 articles of erp are not at shop: c-1",
                                        "SKU unmatched: warning: 1 of 3 articles of shop are not at erp: z-9"}));
    add(stored, stock_event("shop", "C-1"), "example", routes());        // newer than the snapshot
    add(stored, stock_event("shop", "Z-9", true), "example", routes());  // gone since
    EXPECT_EQ(last_two(), (std::vector<std::string>{"SKU unmatched: ok: all 3 articles of erp are at shop",
                                                    "SKU unmatched: ok: all 3 articles of shop are at erp"}));
    Stored other;
    add(other, snapshot_row("erp", "A-1"), "somebody", routes());
    EXPECT_TRUE(other.articles.empty());
}

TEST(Examined, SurvivesTheWire) {
    const auto answer = nlohmann::json::parse(
        R"({"findings":[{"check":"TLS","grade":"fault","what":"no","remedy":"yes"}],
            "terms":{"currency":"RSD","prices_include_tax":true,"statuses":["a"],"tax_rates":["20"]}})");
    const Examined found = examined_of("example/shop", answer);
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_EQ(found.findings[0].at, "example/shop");
    EXPECT_TRUE(has_fault(found.findings));
    EXPECT_EQ(found.terms.basis, "with tax");
    EXPECT_EQ(found.terms.statuses, std::vector<std::string>{"a"});
    EXPECT_TRUE(examined_of("x", nlohmann::json::array()).findings.empty());
    std::ostringstream out;
    print(found.findings, out);
    EXPECT_TRUE(out.str().contains("FAULT")) << out.str();
    EXPECT_TRUE(out.str().contains("-> yes")) << out.str();
    EXPECT_TRUE(out.str().ends_with("1 fault, 0 warnings, 0 unknown\n")) << out.str();
}

}  // namespace
}  // namespace shopwire::cli
