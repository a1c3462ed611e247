#include "common/tracing/tracing.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "common/core/ids.h"
#include "common/json/value.h"
#include "common/testing/fake_transport.h"
#include "common/tracing/otlp.h"

namespace shopwire::tracing {
namespace {

constexpr std::string_view kChain = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Span span_of(std::string traceparent, const std::string& name = "apply export_order") {
    return {.traceparent = std::move(traceparent),
            .name = name,
            .kind = Kind::kClient,
            .start_ms = 1'000,
            .end_ms = 1'250,
            .attributes = {{"shopwire.connection", "acme/erp"}}};
}

TEST(Otlp, ReadsAContext) {
    EXPECT_EQ(ids_of(kChain).trace, "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(ids_of(kChain).span, "b7ad6b7169203331");
    for (const char* bad : {"", "00-0af7", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                            "00.0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319--b7ad6b7169203331-01",
                            "00-00000000000000000000000000000000-b7ad6b7169203331-01"})
        EXPECT_TRUE(ids_of(bad).trace.empty()) << bad;
}

TEST(Otlp, TheRootHasTheIdOfTheContextAndTheOthersAreItsChildren) {
    Span root = span_of(std::string(kChain), "publish order");
    root.begins = true;
    Span failed = span_of(std::string(kChain));
    failed.failed = true;
    failed.end_ms = 900;  // a clock that was set back
    const std::vector<Span> spans{root, failed};
    const auto document = json::Document::parse(otlp_body({.service = "shopwire-router", .instance = "router-0"}, spans,
                                                          [] { return std::string("00000000000000aa"); }));
    ASSERT_TRUE(document) << document.error().message;
    const std::string expected =
        R"({"resourceSpans":[{"resource":{"attributes":[)"
        R"({"key":"service.namespace","value":{"stringValue":"shopwire"}},)"
        R"({"key":"service.name","value":{"stringValue":"shopwire-router"}},)"
        R"({"key":"service.instance.id","value":{"stringValue":"router-0"}}]},)"
        R"("scopeSpans":[{"scope":{"name":"shopwire"},"spans":[)"
        R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"publish order",)"
        R"("kind":3,"startTimeUnixNano":"1000000000","endTimeUnixNano":"1250000000",)"
        R"("attributes":[{"key":"shopwire.connection","value":{"stringValue":"acme/erp"}}]},)"
        R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000aa",)"
        R"("parentSpanId":"b7ad6b7169203331","name":"apply export_order",)"
        R"("kind":3,"startTimeUnixNano":"1000000000","endTimeUnixNano":"1000000000",)"
        R"("attributes":[{"key":"shopwire.connection","value":{"stringValue":"acme/erp"}}],"status":{"code":2}}]}]}]})";
    EXPECT_EQ(document->root().dump(), expected);
}

class ExporterTest : public ::testing::Test {
 protected:
    void start(Options options) {
        options.endpoint = "http://collector.test:4318/v1/traces";
        if (options.interval == Options().interval) options.interval = std::chrono::milliseconds(5);
        auto transport = std::make_unique<testing::FakeTransport>();
        transport->otherwise([this](const http::Request& request, std::stop_token) {
            const std::scoped_lock lock(mutex_);
            requests_.push_back(request);
            arrived_.notify_all();
            return http::Response{.status = status_};
        });
        exporter_ = Exporter::start(std::move(options), std::move(transport), metrics_, system_clock());
    }
    std::vector<http::Request> requests() {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }
    std::size_t spans_sent() {
        const std::scoped_lock lock(mutex_);
        return count();
    }
    bool arrive(std::size_t spans) {
        std::unique_lock lock(mutex_);
        return arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return count() >= spans; });
    }

    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    Metrics metrics_{*registry_};
    std::mutex mutex_{};
    std::condition_variable arrived_{};
    int status_ = 200;
    std::vector<http::Request> requests_{};
    std::unique_ptr<Exporter> exporter_{};

 private:
    std::size_t count() const {
        std::size_t sum = 0;
        for (const http::Request& request : requests_) {
            for (std::size_t at = request.body.find("\"traceId\""); at != std::string::npos;
                 at = request.body.find("\"traceId\"", at + 1))
                ++sum;
        }
        return sum;
    }
};

TEST_F(ExporterTest, IsOffUntilItIsStartedAndAfterItsEnd) {
    EXPECT_FALSE(is_on());
    record(span_of(std::string(kChain)));
    start({});
    EXPECT_TRUE(is_on());
    exporter_.reset();
    EXPECT_FALSE(is_on());
    EXPECT_EQ(spans_sent(), 0U);
}

TEST_F(ExporterTest, WhatWaitsAtTheEndIsSentToo) {
    start({.authorization = Secret("Bearer secret-token")});
    record(span_of(std::string(kChain)));
    record(span_of("no context"));
    exporter_.reset();
    ASSERT_EQ(spans_sent(), 1U);
    const http::Request sent = requests().at(0);
    EXPECT_EQ(sent.method, "POST");
    EXPECT_EQ(sent.url, "http://collector.test:4318/v1/traces");
    EXPECT_EQ(*http::find_header(sent.headers, "Authorization"), "Bearer secret-token");
    EXPECT_EQ(metrics_.sent.value(), 1);
}

TEST_F(ExporterTest, SendsInBatches) {
    start({.batch_max = 3});
    for (int i = 0; i < 10; ++i) record(span_of(new_traceparent()));
    EXPECT_TRUE(arrive(10));
    exporter_.reset();
    EXPECT_EQ(metrics_.sent.value(), 10);
    EXPECT_EQ(spans_sent(), 10U);
    EXPECT_GE(requests().size(), 4U);
}

TEST_F(ExporterTest, WhatIsRefusedIsCounted) {
    status_ = 503;
    start({});
    for (int i = 0; i < 100; ++i) record(span_of(new_traceparent()));
    exporter_.reset();
    EXPECT_EQ(metrics_.sent.value(), 0);
    EXPECT_EQ(metrics_.dropped.value(), 100);
}

TEST_F(ExporterTest, WhatIsTooMuchIsDroppedAndCounted) {
    start({.interval = std::chrono::hours(1), .waiting_max = 4});
    for (int i = 0; i < 100; ++i) record(span_of(new_traceparent()));
    EXPECT_EQ(metrics_.dropped.value(), 96);
    exporter_.reset();
    EXPECT_EQ(metrics_.sent.value(), 4);
}

TEST_F(ExporterTest, AChainIsTracedWholeOrNotAtAll) {
    start({.one_in = 4});
    int wanted = 0;
    for (int i = 0; i < 4'000; ++i) {
        const std::string chain = new_traceparent();
        const bool first = wants(chain);
        wanted += first ? 1 : 0;
        ASSERT_EQ(wants(chain), first) << "whoever asks";
    }
    for (int i = 0; i < 4'000; ++i) record(span_of(new_traceparent()));
    exporter_.reset();
    EXPECT_GT(metrics_.sent.value(), 800);
    EXPECT_LT(metrics_.sent.value(), 1'200);
    EXPECT_GT(wanted, 800);
    EXPECT_LT(wanted, 1'200);
}

}  // namespace
}  // namespace shopwire::tracing
