// What the tests of every connector over a scripted transport share: one connection, and short words for values.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/config/schema.h"
#include "common/events/codec.h"
#include "common/runtime/connector.h"
#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"

namespace shopwire {

inline std::string problems_text(const config::Problems& problems) {
    std::string text;
    for (const config::Problem& problem : problems) text += config::format(problem) + "\n";
    return text;
}

inline Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }
inline events::v1::Decimal pdec(std::string_view text) { return events::to_proto(dec(text)); }

struct ConnectionRig {
    // `base_url` is left out of what `asked` tells.
    explicit ConnectionRig(std::string connection, std::string base_url) : base_url_(std::move(base_url)) {
        context.connection = std::move(connection);
    }

    // "GET /api/stock?page=1" of each request so far; tokens are left out.
    std::vector<std::string> asked() const {
        std::vector<std::string> out;
        for (const http::Request& request : transport.requests()) {
            std::string line = request.method + " " + request.url.substr(base_url_.size());
            if (line == "POST /connect/token") continue;
            if (!request.query.empty()) line += "?" + http::query_string(request.query);
            out.push_back(line);
        }
        return out;
    }

    testing::FakeClock clock{};
    testing::FakeTransport transport{};
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter =
        http::RateLimiter::create({.per_second = 10'000, .burst = 10'000}, clock);
    runtime::ConnectionContext context{
        .merchant = "acme", .clock = clock, .transport = transport, .limiter = *limiter, .metrics = *metrics};

 private:
    std::string base_url_;
};

}  // namespace shopwire
