#include <gmock/gmock.h>

#include "common/http/client.h"
#include "common/metrics/registry.h"
#include "common/testing/fake_clock.h"
#include "common/testing/fake_transport.h"

namespace shopwire::http {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

Request read() { return {.url = "http://h/", .idempotent = true, .operation = "read_it"}; }
Request write() { return {.method = "POST", .url = "http://h/", .operation = "write_it"}; }

class ClientChain : public ::testing::Test {
 protected:
    void build(ClientOptions options = {}) {
        options.system = "erp";
        options.connection = "main";
        options.base_url = "http://h/";
        client_ = client(std::move(options), transport_, *limiter_, *metrics_, clock_);
    }
    Result<Response> send(const Request& request) { return client_->send(request, {}); }

    testing::FakeClock clock_;
    testing::FakeTransport transport_;
    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    std::unique_ptr<RateLimiter> limiter_ = RateLimiter::create({.per_second = 1e6, .burst = 1e6}, clock_);
    std::unique_ptr<Transport> client_;
};

TEST_F(ClientChain, RetriesAReadThatFailedAsTransientWithGrowingWaits) {
    build();
    transport_.fail({.kind = ErrorKind::kTransient, .message = "cut"});
    transport_.reply(503);
    transport_.reply(200, "ok");
    EXPECT_EQ(send(read())->body, "ok");
    const auto sleeps = clock_.sleeps();
    ASSERT_THAT(sleeps, SizeIs(2));
    EXPECT_TRUE(sleeps[0] >= 150ms && sleeps[0] <= 200ms);
    EXPECT_TRUE(sleeps[1] >= 300ms && sleeps[1] <= 400ms);
}

TEST_F(ClientChain, HandsBackTheLastAnswerAfterTheLastAttempt) {
    build({.attempts_max = 2});
    transport_.reply(500);
    transport_.reply(502);
    EXPECT_EQ(send(read())->status, 502);
    EXPECT_EQ(transport_.requests().size(), 2U);
}

TEST_F(ClientChain, MakesOneAttemptWhenOneIsAllowed) {
    build({.attempts_max = 1});
    transport_.reply(500);
    EXPECT_EQ(send(read())->status, 500);
}

TEST_F(ClientChain, NeverRepeatsAWriteThatFailed) {
    build();
    transport_.reply(500);
    EXPECT_EQ(send(write())->status, 500);
    transport_.fail({.kind = ErrorKind::kTransient, .message = "refused"});
    EXPECT_EQ(send(write()).error().kind, ErrorKind::kTransient);
    transport_.fail({.kind = ErrorKind::kAmbiguous, .message = "cut"});
    EXPECT_EQ(send(write()).error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(transport_.requests().size(), 3U);
}

TEST_F(ClientChain, DoesNotRepeatWhatTheRemoteRefused) {
    build();
    for (const int status : {301, 400, 401, 404, 422}) {
        transport_.reply(status);
        EXPECT_EQ(send(read())->status, status);
    }
    EXPECT_EQ(transport_.requests().size(), 5U);
}

TEST_F(ClientChain, WaitsAsLongAsTheRemoteSaysWithoutSpendingAttempts) {
    build({.attempts_max = 1});
    for (int i = 0; i < 4; ++i) transport_.reply(429, {}, {{"Retry-After", "7"}});
    transport_.reply(200);
    EXPECT_EQ(send(read())->status, 200);
    EXPECT_EQ(clock_.sleeps(), std::vector<Clock::Duration>(4, 7s));
}

TEST_F(ClientChain, NeverWaitsBeforeAWriteIsSentAgain) {
    build();
    transport_.reply(429, {}, {{"Retry-After", "7"}});
    const Result<Response> answer = send(write());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 429);
    EXPECT_EQ(*find_header(answer->headers, "retry-after"), "7");
    EXPECT_THAT(clock_.sleeps(), SizeIs(0));
    EXPECT_THAT(transport_.requests(), SizeIs(1));
}

TEST_F(ClientChain, HandsALongWaitAndEndlessWaitsToTheCaller) {
    build();
    transport_.reply(429, {}, {{"Retry-After", "61"}});
    EXPECT_EQ(send(read())->status, 429);
    EXPECT_THAT(clock_.sleeps(), SizeIs(0));
    clock_.advance(2min);
    transport_.otherwise(
        [](const Request&, const std::stop_token&) -> Result<Response> { return Response{.status = 429}; });
    EXPECT_EQ(send(read())->status, 429);
    EXPECT_EQ(transport_.requests().size(), 1U + 9U);
}

TEST_F(ClientChain, LeavesBetweenAttemptsWhenStopIsRequested) {
    build();
    std::stop_source stop;
    transport_.reply_by([&](const Request&, const std::stop_token&) -> Result<Response> {
        stop.request_stop();
        return Response{.status = 503};
    });
    EXPECT_EQ(client_->send(read(), stop.get_token()).error().kind, ErrorKind::kCancelled);
}

// A next-page link or the address of a picture: it may lead anywhere, so it gets neither our key nor our network.
TEST_F(ClientChain, SignsNothingThatGoesElsewhere) {
    build({.sign = [](Request& request) -> Status {
        request.headers.emplace_back("Authorization", "key");
        return {};
    }});
    for (const char* url : {"http://h", "http://h/", "http://h/a/b", "http://h:80/", "https://h/", "http://h.evil/",
                            "http://h@evil/", "http://evil/http://h/", "http://H/", "http://h\\@evil/"}) {
        transport_.reply(200);
        ASSERT_TRUE(send({.url = url, .idempotent = true, .operation = "read_it"}));
        const bool home = transport_.requests().size() <= 3;
        EXPECT_EQ(transport_.requests().back().from_data, !home) << url;
        EXPECT_EQ(find_header(transport_.requests().back().headers, "Authorization") != nullptr, home) << url;
    }
}

TEST_F(ClientChain, SignsEachAttemptAnew) {
    int signatures = 0;
    build({.sign = [&](Request& request) -> Status {
        request.headers.emplace_back("X-Nonce", std::to_string(++signatures));
        return {};
    }});
    transport_.reply(500);
    transport_.reply(200);
    ASSERT_TRUE(send(read()));
    const auto requests = transport_.requests();
    EXPECT_EQ(requests[0].headers, (Headers{{"X-Nonce", "1"}}));
    EXPECT_EQ(requests[1].headers, (Headers{{"X-Nonce", "2"}}));
}

TEST_F(ClientChain, DoesNotSendWhatCannotBeSigned) {
    build({.sign = [](Request&) -> Status { return auth_failed("no key"); }});
    const Result<Response> result = send(write());
    EXPECT_EQ(result.error().kind, ErrorKind::kAuth);
    EXPECT_EQ(result.error().message, "signing write_it: no key");
    EXPECT_THAT(transport_.requests(), SizeIs(0));
}

TEST_F(ClientChain, SlowsDownOnErrorsOfTheServerAndWaitsForItsTurn) {
    limiter_ = RateLimiter::create({.per_second = 2, .burst = 1}, clock_);
    build({.attempts_max = 1});
    transport_.reply(503);
    transport_.reply(200);
    transport_.reply(200);
    ASSERT_TRUE(send(write()));  // takes the one token; afterwards the rate is 1 a second
    ASSERT_TRUE(send(read()));   // its turn was fixed at half a second by the first
    ASSERT_TRUE(send(read()));
    const auto sleeps = clock_.sleeps();
    ASSERT_THAT(sleeps, SizeIs(2));
    EXPECT_EQ(sleeps[0], 500ms);
    EXPECT_EQ(sleeps[1], 1s);
    EXPECT_THAT(metrics_->text(),
                HasSubstr("shopwire_http_rate_limit_wait_seconds_total{connection=\"main\",system=\"erp\"} 1.5\n"));
}

TEST_F(ClientChain, GivesTheLimitersRefusalToTheCallerAtOnce) {
    limiter_ = RateLimiter::create({.per_second = 0.01, .burst = 1, .wait_max = 1s}, clock_);
    build();
    transport_.reply(200);
    ASSERT_TRUE(send(read()));
    const Result<Response> refused = send(read());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
    EXPECT_EQ(refused.error().retry_after, 100s);
    EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(ClientChain, DoesNotSendAWriteThatIsTooLate) {
    build();
    transport_.reply(200);
    Request late = write();
    late.leave_before = clock_.monotonic();
    clock_.advance(1ms);
    EXPECT_EQ(send(late).error().kind, ErrorKind::kTransient);
    EXPECT_THAT(transport_.requests(), SizeIs(0));
    late.method = "GET";
    EXPECT_TRUE(send(late)) << "a read does no harm";
}

TEST_F(ClientChain, AWriteDoesNotWaitForATurnThatComesTooLate) {
    limiter_ = RateLimiter::create({.per_second = 1, .burst = 1}, clock_);
    build();
    transport_.reply(200);
    transport_.reply(200);
    ASSERT_TRUE(send(write()));
    const WriteWindow window(clock_.monotonic() + 500ms);
    const Result<Response> refused = send(write());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimited);
    EXPECT_EQ(refused.error().retry_after, 1s);
    EXPECT_THAT(transport_.requests(), SizeIs(1));
    EXPECT_THAT(clock_.sleeps(), SizeIs(0));
    EXPECT_TRUE(send(read()));
}

TEST_F(ClientChain, AWindowInsideAnotherOnlyMakesItShorter) {
    const Clock::Monotonic now = clock_.monotonic();
    EXPECT_EQ(Request{}.leave_before, Clock::Monotonic::max());
    {
        const WriteWindow outer(now + 2s);
        {
            const WriteWindow longer(now + 3s);
            EXPECT_EQ(Request{}.leave_before, now + 2s);
            const WriteWindow shorter(now + 1s);
            EXPECT_EQ(Request{}.leave_before, now + 1s);
        }
        EXPECT_EQ(Request{}.leave_before, now + 2s);
    }
    EXPECT_EQ(Request{}.leave_before, Clock::Monotonic::max());
}

TEST_F(ClientChain, CountsByClassOfAnswer) {
    build({.attempts_max = 1});
    for (const int status : {200, 301, 404, 500}) {
        transport_.reply(status);
        ASSERT_TRUE(send(read()));
    }
    transport_.fail({.kind = ErrorKind::kTransient, .message = "cut"});
    ASSERT_FALSE(send(read()));
    const std::string text = metrics_->text();
    for (const char* status_class : {"none", "2xx", "3xx", "4xx", "5xx"}) {
        EXPECT_THAT(text,
                    HasSubstr("shopwire_http_requests_total{connection=\"main\",operation=\"read_it\",status_class=\"" +
                              std::string(status_class) + "\",system=\"erp\"} 1\n"));
    }
    EXPECT_THAT(text, HasSubstr("shopwire_http_requests_in_flight{connection=\"main\",system=\"erp\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("shopwire_http_request_duration_seconds_count{connection=\"main\",operation=\"read_"
                                "it\",system=\"erp\"} 5\n"));
}

TEST_F(ClientChain, BoundsTheNumberOfOperationsInMetrics) {
    build();
    transport_.otherwise(
        [](const Request&, const std::stop_token&) -> Result<Response> { return Response{.status = 200}; });
    for (int i = 0; i < 100; ++i) {
        Request request = read();
        request.operation = "order_" + std::to_string(i);
        ASSERT_TRUE(send(request));
    }
    const std::string text = metrics_->text();
    EXPECT_THAT(text, ::testing::Not(HasSubstr("order_64")));
    EXPECT_THAT(text, HasSubstr("operation=\"other\",status_class=\"2xx\",system=\"erp\"} 36\n"));
}

TEST_F(ClientChain, LogsWhenTheRemoteCeasesAndBeginsToAnswerOnceEach) {
    build({.attempts_max = 1});
    for (const int status : {200, 503, 503, 200, 200}) transport_.reply(status);
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(read()));
    const std::string lines = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2) << lines;
    EXPECT_THAT(lines, HasSubstr("read_it: HTTP 503"));
}

}  // namespace
}  // namespace shopwire::http
