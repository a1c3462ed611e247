// Goal: what a message told does not stay for good: the next whole reading tells its own number again. Method: the
// streams as the runtime reads them, with a message between two passes that say the same.
#include "common/events/topics.h"
#include "common/runtime/stream_reader.h"
#include "common/testing/memory_producer.h"
#include "services/solteq/connector.h"
#include "services/solteq/intake.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

class MemoryState final : public runtime::StateAccess {
 public:
    Result<std::optional<std::string>> load_cursor(std::int32_t, const std::string&, std::stop_token) override {
        return std::optional<std::string>();
    }
    Status save(std::int32_t, std::vector<runtime::StateWrite> writes, std::stop_token) override {
        for (runtime::StateWrite& write : writes)
            if (write.store != runtime::SlotStore::kCursors && write.value) rows_[write.key] = *write.value;
        return {};
    }
    Status scan_snapshots(std::int32_t, const std::string& prefix,
                          const std::function<void(std::string_view, std::string_view)>& each) override {
        for (const auto& [key, value] : rows_)
            if (key.starts_with(prefix)) each(key, value);
        return {};
    }

 private:
    std::map<std::string, std::string> rows_{};
};

class Told : public ::testing::Test {
 protected:
    std::unique_ptr<runtime::StreamReader> reader(std::string_view name) {
        for (const runtime::Stream& stream : spec().streams)
            if (stream.name == name)
                return std::make_unique<runtime::StreamReader>(
                    runtime::StreamIdentity{.merchant = "acme",
                                            .connection = "erp",
                                            .system = "solteq",
                                            .stream = std::string(name),
                                            .pass = stream.pass,
                                            .told_elsewhere = stream.told_elsewhere},
                    producer_, state_, rig_.clock, metrics_);
        return {};
    }
    // The events but markers that one whole reading of `answers` emits.
    std::vector<events::Event> pass(runtime::StreamReader& stream, const std::vector<std::string>& answers) {
        producer_.clear();
        for (const std::string& answer : answers) rig_.reply(answer);
        const Result<bool> more = stream.step(*rig_.source, {});
        EXPECT_TRUE(more && !*more);
        std::vector<events::Event> told;
        for (const kafka::Record& record : producer_.records()) {
            Result<events::Event> event = events::parse_event(record);
            if (event && !event->has_marker()) told.push_back(*std::move(event));
        }
        return told;
    }
    std::size_t post(const std::string& body) {
        const auto received =
            intake_.receive({.method = "POST", .headers = {{"Authorization", "Bearer s3cret"}}, .body = body});
        EXPECT_EQ(202, received.status) << received.body;
        return received.changes.size();
    }

    Rig rig_{"solteq-rest",
             "balance_scope: stock\ndiscount_source: product\nmessage_auth: bearer\n"
             "message_secrets: ['${env:SOLTEQ_TEST_SECRET}']"};
    Intake intake_{rig_.room};
    testing::MemoryProducer producer_{};
    MemoryState state_{};
    runtime::RuntimeMetrics metrics_{*rig_.metrics, "solteq", {}};
};

TEST_F(Told, ABalanceOfAPassIsToldAgainAfterAMessage) {
    const std::string balances =
        list_of("solteq-rest",
                {R"({"sku":"K-100","storeId":"store-1","stockId":"stock-1","freeBalance":5,"reservedBalance":0})"});
    const auto stream = reader(kBalances);
    ASSERT_EQ(1U, pass(*stream, {balances}).size());
    ASSERT_EQ(
        1U,
        post(
            R"({"messageId":"m","messageType":"balance","payload":{"sku":"K-100","storeId":"store-1","stockId":"stock-1","freeBalance":9}})"));
    const std::vector<events::Event> told = pass(*stream, {balances});
    ASSERT_EQ(1U, told.size());
    EXPECT_EQ(dec("5"), events::from_proto(told[0].stock().free()));
}

TEST_F(Told, APriceOfAPassIsToldAgainAfterAMessage) {
    const std::string products = list_of("solteq-rest", {R"({"id":"p-3","sku":"K-100","salesPrice":12.5})"});
    const auto stream = reader(kCampaigns);
    ASSERT_EQ(1U, pass(*stream, {products}).size());
    ASSERT_EQ(2U,  // the product and its price
              post(R"({"messageId":"m","messageType":"product","payload":{"id":"p-3","sku":"K-100","salesPrice":9}})"));
    const std::vector<events::Event> told = pass(*stream, {products});
    ASSERT_EQ(1U, told.size());
    EXPECT_EQ(dec("12.5"), events::from_proto(told[0].price().regular()));
}

}  // namespace
}  // namespace shopwire::solteq
