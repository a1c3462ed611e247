// A shop whose answers are scripted, and the captures of a real one.  Values for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"
#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

inline const std::filesystem::path kCaptures = "tests/fixtures/woocommerce";
inline const std::string kSecret = "s3cr&t<\"\u00E4";  // of the recorded deliveries

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

inline json::Document parsed(const std::string& text) {
    Result<json::Document> document = json::Document::parse(text);
    if (!document) throw std::runtime_error("test JSON: " + document.error().message);
    return *std::move(document);
}

inline json::Document capture(const std::string& name) { return parsed(read_file(kCaptures / name)); }

// What the shop answered in this capture.
inline std::string answered(const std::string& name) {
    return capture(name).root().member("response").member("body").dump();
}

inline Settings settings() {
    Settings settings;
    settings.base_url = "https://shop.example/";
    settings.consumer_key = "ck_1";
    settings.consumer_secret = Secret("cs_1");
    settings.webhook_secrets = {Secret(kSecret)};
    return settings;
}

// A Shop over a scripted transport.
struct TestShop {
    explicit TestShop(Settings with = settings(), std::string public_url = "https://us.example/webhooks/acme/shop")
        : shop(std::make_shared<Shop>(std::move(with), runtime::ConnectionContext{.merchant = "acme",
                                                                                  .connection = "shop",
                                                                                  .public_url = std::move(public_url),
                                                                                  .clock = clock,
                                                                                  .transport = transport,
                                                                                  .limiter = *limiter,
                                                                                  .metrics = *metrics})) {}

    // The answers that tell what numbers mean.
    void reply_facts(const std::string& currency = "EUR", bool include_tax = true) {
        transport.reply(200, R"({"code":")" + currency + R"("})");
        transport.reply(200, include_tax ? R"({"value":"yes"})" : R"({"value":"no"})");
        transport.reply(200, R"({"value":"g"})");
        transport.reply(200, R"({"value":"mm"})");
    }
    std::string query(std::size_t request, std::string_view name) const {
        const http::Request sent = transport.requests().at(request);
        for (const auto& [key, value] : sent.query)
            if (key == name) return value;
        return {};
    }
    std::string path(std::size_t request) const {
        constexpr std::string_view kApi = "https://shop.example/wp-json/wc/v3/";
        const http::Request sent = transport.requests().at(request);
        return sent.method + " " + sent.url.substr(std::min(kApi.size(), sent.url.size()));
    }

    testing::FakeClock clock{};
    testing::FakeTransport transport{};
    std::unique_ptr<http::RateLimiter> limiter = http::RateLimiter::create({.per_second = 1000, .burst = 1000}, clock);
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::shared_ptr<Shop> shop;
};

}  // namespace shopwire::woocommerce
