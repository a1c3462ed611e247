// An engine over a scripted transport, made from a dialect's text.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/dialect/engine.h"
#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"

namespace shopwire::dialect {

inline Vocabulary test_vocabulary() {
    return {.settings = {"database"},
            .secrets = {"key", "user"},
            .operations = {{"list_things", {}},
                           {"list_all", {.kind = OperationWords::Kind::kList}},
                           {"get_thing", {.path = {"id"}}},
                           {"make_thing", {.kind = OperationWords::Kind::kWrite, .path = {"kind"}}}}};
}

inline std::string problems_text(const config::Problems& problems) {
    std::string text;
    for (const config::Problem& problem : problems) text += config::format(problem) + "\n";
    return text;
}

// What every test dialect begins with.
inline const std::string kHead = R"(dialect: test
schema: 1
base_url: https://erp.example
answer:
  success: .ok == true
  message: .message
  code: .code
  status: {409: duplicate, 5xx: transient}
  codes: {GONE: not_found, SLOW: rate_limited, KEY: auth, DOWN: transient}
)";

struct Rig {
    explicit Rig(const std::string& yaml, EngineOptions options = {}) {
        config::Problems problems;
        const config::Node node = config::Node::parse(yaml, "test.yaml", problems);
        Dialect dialect = parse_dialect(node, test_vocabulary(), problems);
        EXPECT_EQ("", problems_text(problems));
        options.client.attempts_max = 1;
        if (options.secrets.empty()) options.secrets = {{"key", Secret("k3y")}, {"user", Secret("us3r")}};
        engine = std::make_unique<Engine>(std::move(dialect), std::move(options), transport, *limiter, *metrics, clock);
    }

    testing::FakeClock clock{};
    testing::FakeTransport transport{};
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter = http::RateLimiter::create({.per_second = 1000, .burst = 1000}, clock);
    std::unique_ptr<Engine> engine{};
};

}  // namespace shopwire::dialect
