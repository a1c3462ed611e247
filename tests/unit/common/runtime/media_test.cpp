// Goal: an address of ours gives the very bytes that it was made for, and nothing else does.
#include "common/runtime/media.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/core/ids.h"
#include "common/http/digest.h"
#include "common/runtime/intake_server.h"
#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"
#include "common/testing/memory_producer.h"

namespace shopwire::runtime {
namespace {

const std::string kBytes("\x89PNG\0bytes", 10);

class Pictures final : public Media {
 public:
    const Secret& secret() const override { return secret_; }
    Result<std::string> read(const std::string& id, std::stop_token stop) override {
        {
            const std::scoped_lock lock(mutex_);
            asked = id;
        }
        return answer(stop);
    }
    std::string asked{};
    std::function<Result<std::string>(const std::stop_token&)> answer = [](const std::stop_token&) { return kBytes; };

 private:
    std::mutex mutex_{};
    Secret secret_{"a secret of thirty-two characters"};
};

class MediaTest : public ::testing::Test {
 protected:
    MediaTest() {
        for (const char* name : {"erp", "twin"}) {
            auto connection = std::make_shared<LiveConnection>();
            connection->id = std::string("m/") + name;
            auto pictures = std::make_unique<Pictures>();
            pictures_ = pictures_ == nullptr ? pictures.get() : pictures_;
            connection->connector.media = std::move(pictures);
            connections_.push_back(std::move(connection));
        }
    }
    ConnectionPtr find(const std::string& id) const {
        for (const ConnectionPtr& connection : connections_)
            if (connection->id == id) return connection;
        return nullptr;
    }
    std::string url(const std::string& type = "image/png", const std::string& bytes = kBytes) const {
        return media_url(context_, pictures_->secret(),
                         {.id = "12-7", .content_hash = hex(http::sha256(bytes)), .content_type = type});
    }
    // As the port gives it to the handler.
    http::ServerResponse get(std::string url, const std::string& method = "GET") {
        url.erase(0, std::string_view("https://public.example").size());
        const std::size_t query = url.find('?');
        return handler_.answer({.method = method,
                                .path = url.substr(0, query),
                                .query = query == std::string::npos ? "" : url.substr(query + 1)});
    }
    double counted(const std::string& kind) { return metrics_.webhooks("m/erp").kinds.at(kind)->value(); }

    testing::FakeClock clock_{};
    testing::MemoryProducer producer_{};
    testing::FakeTransport transport_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter_ = http::RateLimiter::create({}, clock_);
    RuntimeMetrics metrics_{*registry_, "acme", {}};
    std::vector<ConnectionPtr> connections_{};
    Pictures* pictures_ = nullptr;
    ConnectionContext context_{.merchant = "m",
                               .connection = "erp",
                               .public_url = "https://public.example/webhooks/m/erp",
                               .clock = clock_,
                               .transport = transport_,
                               .limiter = *limiter_,
                               .metrics = *registry_};
    IntakeHandler handler_{"acme", [this](const std::string& id) { return find(id); }, producer_, clock_, metrics_};
};

TEST_F(MediaTest, AnAddressGivesTheBytesItWasMadeFor) {
    const http::ServerResponse answer = get(url());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, kBytes);
    EXPECT_EQ(answer.content_type, "image/png");
    EXPECT_NE(http::find_header(answer.headers, "Cache-Control"), nullptr);
    EXPECT_EQ(pictures_->asked, "12-7");
    EXPECT_EQ(counted("media"), 1);
    EXPECT_EQ(url(), url()) << "a shop imports what has a new address once more";
}

TEST_F(MediaTest, TheAddressEndsWithANameThatShopsTakeForAPicture) {
    const std::string jpeg = url("image/jpeg; charset=binary");
    EXPECT_TRUE(jpeg.starts_with("https://public.example/webhooks/m/erp/media/12-7/")) << jpeg;
    EXPECT_TRUE(jpeg.substr(0, jpeg.find('?')).ends_with(hex(http::sha256(kBytes)) + ".jpg")) << jpeg;
}

TEST_F(MediaTest, OnlyPicturesThatRunNothingHaveAnAddress) {
    for (const char* type : {"image/svg+xml", "text/html", "application/pdf", ""}) EXPECT_EQ(url(type), "") << type;
    context_.public_url.clear();
    EXPECT_EQ(url(), "");
    EXPECT_EQ(media_url(context_, Secret(), {.id = "1", .content_hash = "00", .content_type = "image/png"}), "");
}

TEST_F(MediaTest, AnAddressThatIsNotOursIsNotFoundAndAsksNobody) {
    const std::string good = url();
    const std::string other_id = std::string(good).replace(good.find("12-7"), 4, "12-8");
    const std::string other_type = std::string(good).replace(good.find(".png"), 4, ".gif");
    const std::string other_connection = std::string(good).replace(good.find("/erp/"), 5, "/twin/");
    for (const std::string& address :
         {other_id, other_type, other_connection, good.substr(0, good.size() - 1), good.substr(0, good.find('?')),
          good + "0", std::string("https://public.example/webhooks/m/erp/media/"),
          std::string("https://public.example/webhooks/m/erp/media/x?sig=")})
        EXPECT_EQ(get(address).status, 404) << address;
    EXPECT_EQ(get(good, "POST").status, 405);
    EXPECT_EQ(pictures_->asked, "");
    EXPECT_TRUE(producer_.records().empty());
}

TEST_F(MediaTest, BytesThatChangedOrAreGoneOrAreTooManyAreNotFound) {
    pictures_->answer = [](const std::stop_token&) { return kBytes + "!"; };
    EXPECT_EQ(get(url()).status, 404);
    pictures_->answer = [](const std::stop_token&) { return Result<std::string>(rejected("no such picture")); };
    EXPECT_EQ(get(url()).status, 404);
    const std::string most(MediaServer::kBytesMax, 'x');
    pictures_->answer = [&most](const std::stop_token&) { return Result<std::string>(most); };
    EXPECT_EQ(get(url("image/png", most)).status, 200);
    pictures_->answer = [&most](const std::stop_token&) { return most + "x"; };
    EXPECT_EQ(get(url("image/png", most + "x")).status, 404);
}

TEST_F(MediaTest, ASystemThatIsAwayIsAskedForAgain) {
    pictures_->answer = [](const std::stop_token&) { return Result<std::string>(transient("HTTP 503")); };
    EXPECT_EQ(get(url()).status, 503);
    EXPECT_EQ(counted("media_refused"), 1);
}

TEST_F(MediaTest, SlowReadingsLeaveTheThreadsToWebhooksAndEndWithTheProcess) {
    std::mutex mutex;
    std::condition_variable_any all_wait;
    int waiting = 0;
    bool ended = false;
    pictures_->answer = [&](const std::stop_token& stop) -> Result<std::string> {
        std::unique_lock lock(mutex);
        ++waiting;
        all_wait.notify_all();
        all_wait.wait(lock, stop, [] { return false; });
        return cancelled();
    };
    std::vector<std::jthread> shops;
    constexpr int kTogether = 2;  // the budget of the connection is for orders and stock first
    shops.reserve(kTogether + 1);
    for (int i = 0; i < kTogether; ++i) shops.emplace_back([&] { EXPECT_EQ(get(url()).status, 503); });
    {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(all_wait.wait_for(lock, std::chrono::seconds(10), [&] { return waiting == kTogether; }));
    }
    http::ServerResponse one_more;
    shops.emplace_back([&] {
        one_more = get(url());
        const std::lock_guard lock(mutex);
        ended = true;
        all_wait.notify_all();
    });
    {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(all_wait.wait_for(lock, std::chrono::seconds(10), [&] { return ended || waiting > kTogether; }));
        EXPECT_EQ(waiting, kTogether) << "one more is read";
    }
    if (waiting > kTogether) handler_.stop();
    shops.pop_back();
    EXPECT_EQ(one_more.status, 503);
    EXPECT_NE(http::find_header(one_more.headers, "Retry-After"), nullptr);
    handler_.stop();
    shops.clear();
    EXPECT_EQ(get(url()).status, 503) << "none begins after that";
}

}  // namespace
}  // namespace shopwire::runtime
