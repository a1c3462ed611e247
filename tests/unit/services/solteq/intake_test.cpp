// Goal: messages are authentic, mapped like pages, answered by what became of them, and remembered only when durable.
#include "services/solteq/intake.h"

#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

const std::string kBalance =
    R"({"messageId":"m-1","messageType":"balance","schemaVersion":1,"createdAt":"2026-11-21T08:13:02Z","companyId":"acme","payload":{"sku":"TS-2041-BLK-M","storeId":"store-1","freeBalance":14.0,"reservedBalance":2.0}})";
const std::string kBearer =
    "balance_scope: store\nmessage_auth: bearer\nmessage_secrets: ['${env:SOLTEQ_TEST_SECRET}']\n";

class IntakeTest : public ::testing::Test {
 protected:
    explicit IntakeTest(const std::string& more = kBearer, const std::string& dialect = "solteq-rest")
        : rig_(dialect, more), intake_(rig_.room) {}
    runtime::Intake::Received post(const std::string& body,
                                   const http::Headers& headers = {{"Authorization", "Bearer s3cret"}}) {
        return intake_.receive({.method = "POST", .headers = headers, .body = body});
    }
    Rig rig_;
    Intake intake_;
};

TEST_F(IntakeTest, TakesABalanceOfOneStore) {
    const auto received = post(kBalance);
    EXPECT_EQ(202, received.status);
    EXPECT_EQ(R"({"accepted":1,"duplicates":0,"refused":[]})", received.body);
    ASSERT_EQ(1U, received.changes.size());
    const events::Event& event = *received.changes[0].event;
    EXPECT_EQ("store-1", event.source().location());
    EXPECT_EQ(dec("14"), events::from_proto(event.stock().free()));
    // Without a time of the change that of the message orders them.
    EXPECT_EQ(*parse_utc("2026-11-21T08:13:02Z"), event.source().modified_at_ms());
}

TEST_F(IntakeTest, RemembersAMessageOnlyWhenItIsDurable) {
    EXPECT_EQ(202, post(kBalance).status);
    const auto again = post(kBalance);  // the first one was not stored
    EXPECT_EQ(202, again.status);
    EXPECT_EQ(1U, again.changes.size());
    again.on_durable();
    const auto duplicate = post(kBalance);
    EXPECT_EQ(200, duplicate.status);
    EXPECT_EQ("duplicate", duplicate.kind);
    EXPECT_TRUE(duplicate.changes.empty());
}

TEST_F(IntakeTest, TakesTheGoodOnesOfABatchAndNamesTheOthers) {
    const std::string other = with(kBalance, "m-1", "m-2");
    const auto received = post("[" + kBalance + "," + with(other, R"("sku":"TS-2041-BLK-M",)", "") + "," +
                               with(with(kBalance, "m-1", "m-3"), R"("balance")", R"("campaign")") + "]");
    EXPECT_EQ(400, received.status);
    EXPECT_EQ(1U, received.changes.size());
    EXPECT_EQ(
        R"({"accepted":1,"duplicates":0,"refused":["/1/payload/sku: expected a SKU, got null","/2/messageType: expected product, balance or customer"]})",
        received.body);
    received.on_durable();
    const auto mended = post("[" + kBalance + "," + other + "]");
    EXPECT_EQ(202, mended.status);
    EXPECT_EQ(R"({"accepted":1,"duplicates":1,"refused":[]})", mended.body);
}

struct Bad {
    const char* name;
    const char* from;
    const char* to;
    const char* refused;
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }
class BadMessage : public IntakeTest, public ::testing::WithParamInterface<Bad> {
 protected:
    BadMessage() : IntakeTest(kBearer + "company_id: acme\n") {}
};
TEST_P(BadMessage, IsNamedByItsPointer) {
    const auto received = post(with(kBalance, GetParam().from, GetParam().to));
    EXPECT_EQ(400, received.status);
    EXPECT_EQ(std::string(R"({"accepted":0,"duplicates":0,"refused":[")") + GetParam().refused + R"("]})",
              received.body);
    EXPECT_TRUE(received.changes.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Of, BadMessage,
    ::testing::Values(Bad{"NoId", R"("messageId":"m-1",)", "", "/messageId: expected text"},
                      Bad{"Version", R"("schemaVersion":1)", R"("schemaVersion":2)", "/schemaVersion: expected 1"},
                      Bad{"Company", R"("companyId":"acme")", R"("companyId":"other")", "/companyId: expected acme"},
                      Bad{"Time", "2026-11-21T08:13:02Z", "yesterday", "/createdAt: expected a time"},
                      Bad{"NoPayload", R"("payload":{)", R"("load":{)", "/payload: expected an object"},
                      Bad{"NoStore", R"("storeId":"store-1",)", "",
                          "/payload/store_id: expected a store or a stock, got null"},
                      Bad{"NoNumber", "14.0", R"("many")", "/payload/free: expected decimal, got string"}),
    [](const auto& test) { return test.param.name; });

// A number that no pass takes back would count for good.
TEST_F(IntakeTest, RefusesABalanceThatNoPassReads) {
    const auto other_store = post(with(kBalance, "store-1", "store-9"));
    EXPECT_EQ(400, other_store.status);
    EXPECT_EQ(R"({"accepted":0,"duplicates":0,"refused":["/payload/store_id: expected one of stores"]})",
              other_store.body);
    const auto one_stock = post(with(kBalance, R"("storeId":"store-1")", R"("storeId":"store-1","stockId":"stock-1")"));
    EXPECT_EQ(400, one_stock.status);
    EXPECT_EQ(
        R"({"accepted":0,"duplicates":0,"refused":["/payload/stock_id: expected none, a store's number is that of all its stocks: see balance_scope"]})",
        one_stock.body);
    EXPECT_TRUE(other_store.changes.empty() && one_stock.changes.empty());
}

class StockIntake : public IntakeTest {
 protected:
    StockIntake() : IntakeTest(with(kBearer, "store", "stock") + "stores: [store-1, store-2]\n") {}
};
TEST_F(StockIntake, NeedsTheStockAndOneOfTheStores) {
    const auto no_stock = post(kBalance);
    EXPECT_EQ(400, no_stock.status);
    EXPECT_EQ(R"({"accepted":0,"duplicates":0,"refused":["/payload/stock_id: expected a stock"]})", no_stock.body);
    const std::string of_stock = with(kBalance, R"("storeId":"store-1")", R"("storeId":"store-2","stockId":"stock-3")");
    const auto no_store = post(with(of_stock, R"("storeId":"store-2",)", ""));
    EXPECT_EQ(400, no_store.status);
    EXPECT_EQ(R"({"accepted":0,"duplicates":0,"refused":["/payload/store_id: expected one of stores"]})",
              no_store.body);
    EXPECT_EQ(400, post(with(of_stock, "store-2", "store-9")).status);
    // A shared stock has one place, whichever of its stores a message or a pass names.
    const auto taken = post(of_stock);
    EXPECT_EQ(202, taken.status) << taken.body;
    ASSERT_EQ(1U, taken.changes.size());
    EXPECT_EQ("stock-3", taken.changes[0].event->source().location());
}

TEST_F(IntakeTest, RefusesWhatIsNoMessage) {
    EXPECT_EQ(400, post("{").status);
    EXPECT_EQ(400, post("7").status);
    EXPECT_EQ(202, post("[]").status);
    EXPECT_EQ(405, intake_.receive({.method = "GET", .headers = {{"Authorization", "Bearer s3cret"}}}).status);
}

TEST_F(IntakeTest, NeedsTheBearer) {
    EXPECT_EQ(401, post(kBalance, {}).status);
    EXPECT_EQ(401, post(kBalance, {{"Authorization", "Bearer other"}}).status);
    EXPECT_EQ(401, post(kBalance, {{"Authorization", "s3cret"}}).status);
}

class SignedIntake : public IntakeTest {
 protected:
    SignedIntake() : IntakeTest(with(kBearer, "bearer", "hmac")) {}
};
TEST_F(SignedIntake, ChecksTheRawBody) {
    const std::string signature = message_signature(kBalance, Secret("s3cret"));
    EXPECT_EQ(64U, signature.size());
    EXPECT_EQ(202, post(kBalance, {{"X-Signature", signature}}).status);
    EXPECT_EQ(202, post(kBalance, {{"x-signature", "sha256=" + signature}}).status);
    EXPECT_EQ(401, post(kBalance + " ", {{"X-Signature", signature}}).status);
    EXPECT_EQ(401, post(kBalance, {{"X-Signature", message_signature(kBalance, Secret("other"))}}).status);
    EXPECT_EQ(401, post(kBalance).status);  // a bearer is none
}

// The same record maps as the pages, in both shapes.
class MessageOf : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Dialect, MessageOf, ::testing::Values("solteq-rest", "solteq-alt"),
                         [](const auto& test) { return std::string(test.param) == "solteq-rest" ? "Rest" : "Alt"; });
TEST_P(MessageOf, GivesTheEventsOfAPage) {
    Rig rig(GetParam(), with(kBearer, "store", "stock") + "discount_source: product\n");
    Intake intake(rig.room);
    for (const auto& [type, list] :
         {std::pair{"product", "products"}, {"balance", "balances"}, {"customer", "customers"}}) {
        const std::string page = fixture(list, GetParam());
        rig.reply(page);
        if (type == std::string("product")) rig.reply(page);
        std::vector<std::string> expected;
        for (const char* stream : {list, type == std::string("product") ? "campaigns" : ""}) {
            if (*stream == '\0') continue;
            const Result<runtime::Page> read = rig.source->read(stream, {}, {});
            ASSERT_TRUE(read) << read.error().message;
            if (stream != std::string("balances"))  // those are summed over stocks
                expected.push_back(read->changes.at(0).event->source().content_hash());
        }
        const auto document = json::Document::parse(page);
        const json::Value row = document->root().member(document->root().has("items") ? "items" : "documents").at(0);
        const auto received = intake.receive({.method = "POST",
                                              .headers = {{"Authorization", "Bearer s3cret"}},
                                              .body = std::string(R"({"messageId":")") + type + R"(","messageType":")" +
                                                      type + R"(","payload":)" + row.dump() + "}"});
        EXPECT_EQ(202, received.status) << received.body;
        std::vector<std::string> hashes;
        hashes.reserve(received.changes.size());
        for (const runtime::Change& change : received.changes) hashes.push_back(change.event->source().content_hash());
        if (type == std::string("balance"))
            EXPECT_EQ(1U, hashes.size());
        else
            EXPECT_EQ(expected, hashes) << type;
    }
}

TEST_F(IntakeTest, AProductTellsNoPriceWhereCampaignsCount) {
    const auto received = post(
        R"({"messageId":"p","messageType":"product","payload":{"id":"p-1","sku":"A","salesPrice":10,"discountedPrice":8}})");
    ASSERT_EQ(1U, received.changes.size());
    EXPECT_TRUE(received.changes[0].event->has_product());
}

// Rules 6.6 case 30.
TEST_F(IntakeTest, AnUnknownKindIsLeftOutAndCounted) {
    const auto received = post(
        R"([{"messageId":"p","messageType":"product","payload":{"id":"p-1","sku":"A","type":"hologram"}},)"
        R"({"messageId":"c","messageType":"customer","payload":{"id":"c-1","customerType":"guild","email":"a@b.fi"}}])");
    ASSERT_EQ(2U, received.changes.size()) << received.body;
    EXPECT_EQ("", received.changes[0].event->product().kind());
    EXPECT_EQ("", received.changes[1].event->customer().kind());
    EXPECT_TRUE(rig_.metrics->text().contains("shopwire_solteq_unknown_values_total{connection=\"acme/erp\"} 2"));
}

TEST(SeenMessages, AreBounded) {
    SeenMessages seen;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i <= SeenMessages::kIdsMax; ++i) ids.push_back(std::to_string(i));
    seen.add(ids);
    EXPECT_FALSE(seen.contains("0"));
    EXPECT_TRUE(seen.contains("1"));
}

}  // namespace
}  // namespace shopwire::solteq
