// Goal: every shape that KeyCRM sends becomes the right event, with its three vocabularies for one number and both
// forms of its times.  Method: fixtures, and each field spoilt once.
#include "services/keycrm/translator.h"

#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {
namespace {

std::string text(const events::v1::Decimal& value) { return events::from_proto(value).text(); }

TEST(KeycrmTranslator, ReadsAnOrderAndItsParcel) {
    const json::Document order = parsed(fixture("order.json"));
    const Result<Events> events = order_events(order.root());
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 2U);
    const events::v1::Document& document = events->at(0).document();
    EXPECT_EQ(document.native_id(), "7001");
    EXPECT_EQ(document.external_number(), "WC-10234");
    EXPECT_EQ(document.status(), "11");
    EXPECT_EQ(document.status_group(), "4");
    EXPECT_EQ(document.payment_status(), "paid");
    EXPECT_EQ(text(document.total()), "811") << "noise of binary fractions is rounded away";
    EXPECT_EQ(document.customer_native_id(), "310");
    EXPECT_EQ(document.date_ms(), 1'780'301'700'000);
    EXPECT_EQ(events->at(0).source().modified_at_ms(), 1'780'394'405'000);
    ASSERT_EQ(document.lines_size(), 1);
    EXPECT_EQ(text(document.lines(0).total()), "780");
    const events::v1::Shipment& shipment = events->at(1).shipment();
    EXPECT_EQ(shipment.tracking_number(), "59000123456789");
    EXPECT_EQ(shipment.external_number(), "WC-10234");
    EXPECT_EQ(shipment.document_native_id(), "7001");
    EXPECT_EQ(shipment.carrier(), "Nova Poshta");
    EXPECT_EQ(shipment.status(), "in_transit");
}

TEST(KeycrmTranslator, ReadsTheSameOrderFromATrigger) {
    const json::Document body = parsed(fixture("trigger.json"));
    const Result<events::Event> event = context_event(body.root().member("context"));
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->document().native_id(), "7001");
    EXPECT_EQ(event->document().customer_native_id(), "310");
    EXPECT_EQ(event->document().status(), "11");
    EXPECT_EQ(text(event->document().total()), "811");
    EXPECT_EQ(event->source().modified_at_ms(), 1'780'394'405'000);
}

TEST(KeycrmTranslator, AnOrderWithoutTrackingCodeOrNumberHasNoParcel) {
    for (const char* more : {R"("shipping":{"tracking_code":null})", R"("shipping":{"tracking_code":""})",
                             R"("shipping":null)", R"("source_uuid":null,"shipping":{"tracking_code":"59"})"}) {
        const std::string uuid =
            std::string(more).find("source_uuid") == std::string::npos ? R"("source_uuid":"A",)" : "";
        const json::Document order =
            parsed(R"({"id":1,"status_id":1,"grand_total":"5.00",)" + uuid + std::string(more) + "}");
        const Result<Events> events = order_events(order.root());
        ASSERT_TRUE(events) << events.error().message;
        EXPECT_EQ(events->size(), 1U) << more;
    }
}

TEST(KeycrmTranslator, SumsTheWarehousesThatCount) {
    const json::Document row = parsed(fixture("stock.json"));
    struct Case {
        std::vector<std::int64_t> warehouses;
        const char* on_hand;
        const char* free;
    };
    for (const Case& one : {Case{{}, "12", "9"}, Case{{1}, "10", "7"}, Case{{2}, "2", "2"}, Case{{1, 2}, "12", "9"},
                            Case{{3}, "0", "0"}}) {
        Settings with = settings();
        with.warehouses = one.warehouses;
        const Result<StockRow> stock = stock_row(row.root(), with);
        ASSERT_TRUE(stock) << stock.error().message;
        const events::v1::Stock event = stock_event(*stock).stock();
        EXPECT_EQ(event.sku(), "TS-001-M");
        EXPECT_EQ(event.native_id(), "9001");
        EXPECT_EQ(text(event.on_hand()), one.on_hand);
        EXPECT_EQ(text(event.free()), one.free);
        EXPECT_EQ(stock->written.quantity, decimal("10"));
    }
}

TEST(KeycrmTranslator, AMissingSplitIsNoEmptyWarehouse) {
    Settings with = settings();
    with.warehouses = {1};
    EXPECT_FALSE(stock_row(parsed(R"({"id":1,"sku":"A","quantity":5,"reserve":0})").root(), with));
}

TEST(KeycrmTranslator, NegativeAndFractionalStockStayAsTheyAre) {
    const Result<StockRow> row =
        stock_row(parsed(R"({"id":1,"sku":"A","quantity":"2.5","reserve":4})").root(), settings());
    ASSERT_TRUE(row);
    EXPECT_EQ(text(stock_event(*row).stock().free()), "-1.5");
}

TEST(KeycrmTranslator, ReadsAVariantItsPriceAndItsCard) {
    const json::Document row = parsed(fixture("offer.json"));
    Settings with = settings();
    Result<Events> events = offer_events(row.root(), with);
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 3U);
    EXPECT_EQ(events->at(0).product().native_id(), "product-501");
    EXPECT_EQ(events->at(0).product().kind(), "card");
    EXPECT_EQ(text(events->at(1).price().regular()), "390");
    EXPECT_EQ(events->at(1).price().currency(), "UAH");
    EXPECT_FALSE(events->at(1).price().has_purchase()) << "only on request";
    const events::v1::Product& variant = events->at(2).product();
    EXPECT_EQ(variant.native_id(), "9001");
    EXPECT_EQ(variant.parent_native_id(), "product-501");
    EXPECT_EQ(variant.sku(), "TS-001-M");
    EXPECT_EQ(variant.gtin(), "4820000000017");
    EXPECT_EQ(variant.name(), "Cotton T-shirt");
    EXPECT_EQ(variant.attributes(0).options(0), "M");
    EXPECT_EQ(text(variant.measures().weight_kg()), "0.2");
    EXPECT_EQ(variant.categories(0).native_id(), "7");
    with.purchase_prices = true;
    events = offer_events(row.root(), with);
    EXPECT_EQ(text(events->at(1).price().purchase()), "180");
}

TEST(KeycrmTranslator, AnOfferWithoutSkuOrPriceOrCardIsAProductAlone) {
    const Result<Events> events =
        offer_events(parsed(R"({"id":9050,"product_id":5,"sku":null,"price":10,"properties":[]})").root(), settings());
    ASSERT_TRUE(events) << events.error().message;
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(events->at(0).product().native_id(), "9050");
}

TEST(KeycrmTranslator, ReadsABuyer) {
    const Result<events::Event> event = buyer_event(parsed(fixture("buyer.json")).root());
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->customer().native_id(), "310");
    EXPECT_EQ(event->customer().personal().clear().email(), "olena@example.test");
    EXPECT_EQ(event->customer().personal().clear().phone(), "+380501112233");
    EXPECT_EQ(event->source().modified_at_ms(), 1'780'301'762'000);
}

TEST(KeycrmTranslator, WhatIsNotThereIsAnErrorWithItsPlace) {
    const std::pair<const char*, const char*> orders[] = {
        {R"({"status_id":1,"grand_total":1})", "$.id"},
        {R"({"id":1,"grand_total":1})", "$.status_id"},
        {R"({"id":1,"status_id":1})", "$.grand_total"},
        {R"({"id":1,"status_id":1,"grand_total":"many"})", "$.grand_total"},
        {R"({"id":1,"status_id":1,"grand_total":1,"updated_at":"yesterday"})", "$.updated_at"},
        {R"({"id":1,"status_id":1,"grand_total":1,"products":[{"price":1}]})", "quantity"},
        {"[]", "$"},
        {"null", "$"},
    };
    for (const auto& [body, place] : orders) {
        const Result<Events> events = order_events(parsed(body).root());
        ASSERT_FALSE(events) << body;
        EXPECT_NE(events.error().message.find(place), std::string::npos) << events.error().message;
        EXPECT_EQ(events.error().message.find("yesterday"), std::string::npos);
    }
    EXPECT_FALSE(webhook_row(parsed(R"({"sku":"A","in_stock":1})").root()));
    EXPECT_FALSE(webhook_row(parsed(R"({"offer_id":1,"sku":"A"})").root()));
    EXPECT_FALSE(buyer_event(parsed(R"({"full_name":"A"})").root()));
    EXPECT_FALSE(offer_events(parsed(R"({"sku":"A"})").root(), settings()));
}

}  // namespace
}  // namespace shopwire::keycrm
