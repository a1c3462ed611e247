// Goal: each operation's request in both dialects, as the fixtures and the sandbox's wire document have it.
#include <nlohmann/json.hpp>

#include "services/logistos/order.h"
#include "services/logistos/shipment.h"
#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

using Json = nlohmann::json;

class WireOf : public DialectTest {};
INSTANTIATE_TEST_SUITE_P(Dialect, WireOf, both_dialects(), dialect_name);

TEST_P(WireOf, SendsTheOrderAsTheContractHasIt) {
    Rig rig(GetParam());
    rig.connected();
    rig.transport.reply(200, wire_.taken);
    ASSERT_TRUE(rig.apply(export_command()));
    ASSERT_EQ("POST /integration/woo_commerce_orders", rig.asked().at(0));
    const Json expected = Json::parse(fixture(flat_ ? "order-flat.json" : "order-batch.json"));
    const Json sent = Json::parse(rig.transport.last().body);
    EXPECT_EQ(expected, sent) << sent.dump(1) << "\n" << Json::diff(expected, sent).dump(1);
    const http::Request last = rig.transport.last();
    const std::string* token = http::find_header(last.headers, "X-Integration-Token");
    EXPECT_EQ(flat_ ? "" : "t0ken-of-the-seller", token == nullptr ? std::string() : *token);
}

TEST_P(WireOf, SendsTheKeyAsTheContractHasIt) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire_.connected);
    ASSERT_TRUE(rig.room->client->integrate({}));
    EXPECT_EQ("POST /integration/integrate_woo_commerce", rig.asked().at(0));
    const Json sent = Json::parse(rig.transport.last().body);
    const Json flat{{"consumer_key", kKey}, {"consumer_secret", kSecret}, {"store_url", "https://shop.example.test"}};
    const Json batch{{"shop", {{"url", "https://shop.example.test"}, {"title", "Example Shop"}}},
                     {"key", {{"id", kKey}, {"secret", kSecret}}}};
    EXPECT_EQ(flat_ ? flat : batch, sent);
}

TEST_P(WireOf, ListsSinceAndSignsAsTheSeller) {
    Rig rig(GetParam());
    rig.transport.reply(200, R"({"access":"b34rer"})");
    rig.transport.reply(200, fixture(flat_ ? "list-flat.json" : "list-batch.json"));
    const auto listed = rig.room->client->shipments(1780281900000, {});
    ASSERT_TRUE(listed) << listed.error().error.message;
    ASSERT_EQ(4U, listed->size());
    EXPECT_EQ("LG1000001", listed->at(0).awb);
    EXPECT_EQ("https://shop.example.test", listed->at(0).store_url);
    EXPECT_EQ("WC-10234", listed->at(0).order_number);
    EXPECT_EQ("", listed->at(1).awb);
    EXPECT_EQ("POST /seller/users/login/", rig.asked().at(0));
    EXPECT_EQ(flat_ ? "GET /seller/shipments/?updated_after=2026-06-01T02%3A45%3A00Z&page=1&page_size=100"
                    : "GET /seller/parcels/?since=1780281900&offset=0&limit=200",
              rig.asked().at(1));
    EXPECT_EQ("Bearer b34rer", *http::find_header(rig.transport.last().headers, "Authorization"));
    EXPECT_EQ("https://portal.logistos.in", *http::find_header(rig.transport.last().headers, "Origin"));
}

TEST_P(WireOf, ReadsTheContractsExampleOfTracking) {
    Rig rig(GetParam());
    rig.transport.reply(200, R"({"access":"b34rer"})");
    rig.transport.reply(200, fixture("track.json"));
    const auto record = rig.room->client->track("LG 1/x", {});
    ASSERT_TRUE(record) << record.error().error.message;
    EXPECT_EQ("GET /seller/awb/track/LG%201%2Fx/", rig.asked().at(1));
    events::v1::Source source;
    const auto event = shipment_event(*record, "LG 1/x", "WC-10234", rig.room->settings, source);
    ASSERT_TRUE(event) << event.error().message;
    const events::v1::Shipment& shipment = event->shipment();
    EXPECT_EQ("LG 1/x", shipment.native_id());
    EXPECT_EQ("WC-10234", shipment.external_number());
    EXPECT_EQ("DemoExpress", shipment.carrier());
    EXPECT_EQ("LG 1/x", shipment.tracking_number());
    EXPECT_EQ("https://track.example/LG%201%2Fx", shipment.tracking_url());
    EXPECT_EQ("IN_TRANSIT", shipment.status());
    EXPECT_EQ("In Transit", shipment.status_text());
    EXPECT_EQ("90001", shipment.document_native_id());
    EXPECT_EQ(1780380600000, event->source().modified_at_ms());
}

TEST_P(WireOf, ReadsTrackingThatLacksOrVariesItsParts) {
    Rig rig(GetParam());
    const auto changed = [&](const std::string& body) {
        rig.transport.reply(200, body);
        const auto record = rig.room->client->track("LG1", {});
        EXPECT_TRUE(record) << record.error().error.message;
        const auto event = shipment_event(record.value_or("{}"), "LG1", "WC-1", rig.room->settings, {});
        EXPECT_TRUE(event) << event.error().message;
        return event ? event->source().modified_at_ms() : -1;
    };
    rig.transport.reply(200, R"({"access":"b34rer"})");
    EXPECT_EQ(0, changed(R"({"status":"BOOKED"})"));
    EXPECT_EQ(0, changed(R"({"status":"BOOKED","status_history":null,"status_dp":null,"id":null})"));
    EXPECT_EQ(0, changed(R"({"status":"BOOKED","status_history":[{"added_at":null},{"added_at":"yesterday"}]})"));
    EXPECT_EQ(1780380600000,
              changed(R"({"status":"X","status_history":[{"added_at":"2026-06-02T11:40:00.123456+05:30"}]})"));
}

TEST(Parcel, WithoutAStatusIsNone) {
    const Settings settings = settings_of();
    for (const char* record : {"{}", R"({"status":""})", R"({"status":7})", "[]", "x"})
        EXPECT_FALSE(shipment_event(record, "LG1", "WC-1", settings, {})) << record;
}

TEST(Client, MasksItsSecretsEvenWhereLogistosRepeatsThem) {
    Rig rig;
    rig.transport.reply(400, R"({"consumer_secret":["not a secret: )" + std::string(kSecret) + R"("]})");
    const auto refused = rig.room->client->integrate({});
    ASSERT_FALSE(refused);
    EXPECT_EQ("integrate_store: HTTP 400: consumer_secret: not a secret: ***", refused.error().error.with_words());
}

TEST(Client, SendsTheTokenInTheHeaderOfTheSettings) {
    Rig rig("logistos-flat", "api_token: ${env:LOGISTOS_TEST_TOKEN}\ntoken_header: X-Api-Key");
    rig.transport.reply(200, wire("logistos-flat").connected);
    ASSERT_TRUE(rig.room->client->integrate({}));
    EXPECT_EQ("t0ken-of-the-seller", *http::find_header(rig.transport.last().headers, "X-Api-Key"));
}

TEST(Client, KnocksAtTheSlashFormWhenToldTo) {
    Rig rig("logistos-flat", "trailing_slash: on");
    rig.transport.reply(200, wire("logistos-flat").connected);
    ASSERT_TRUE(rig.room->client->integrate({}));
    EXPECT_EQ("POST /integration/integrate_woo_commerce/", rig.asked().at(0));
}

}  // namespace
}  // namespace shopwire::logistos
