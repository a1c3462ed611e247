// Goal: the room against a program that speaks the wire on its own: mistakes that both our dialects and our tests share
// show here. Method: sandbox-solteq as a child process, real HTTP, both shapes.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <map>

#include "common/json/value.h"
#include "services/solteq/connector.h"
#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

// The child; it says on its first line of output where it listens.
class Sandbox {
 public:
    explicit Sandbox(const std::string& dialect) {
        std::array<int, 2> ends{};
        EXPECT_EQ(0, pipe(ends.data()));
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            close(ends[0]);
            execl(SHOPWIRE_SANDBOX_SOLTEQ, SHOPWIRE_SANDBOX_SOLTEQ, "--dialect", dialect.c_str(), nullptr);
            _exit(127);
        }
        close(ends[1]);
        std::string line;
        pollfd waiting{.fd = ends[0], .events = POLLIN, .revents = 0};
        for (char c = 0; c != '\n' && poll(&waiting, 1, 20'000) == 1 && read(ends[0], &c, 1) == 1;) line += c;
        close(ends[0]);
        const auto ports = json::Document::parse(line);
        EXPECT_TRUE(ports) << line;
        if (!ports) return;
        api = "http://127.0.0.1:" + std::string(ports->root().member("http").text());
        control = "http://127.0.0.1:" + std::string(ports->root().member("control").text()) + "/__sandbox/";
    }
    ~Sandbox() {
        kill(child_, SIGTERM);
        int status = -1;
        waitpid(child_, &status, 0);
        EXPECT_EQ(status, 0) << "the simulator did not end well";  // a sanitizer found something
    }
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    std::string api{};
    std::string control{};

 private:
    pid_t child_ = -1;
};

class SandboxOf : public ::testing::TestWithParam<const char*> {
 public:
    ~SandboxOf() override { connector_ = {}; }

 protected:
    SandboxOf() : sandbox_(GetParam()) { connect(); }

    void connect(const std::string& more = {}) {
        setenv("SOLTEQ_TEST_SECRET", "sandbox-secret", 1);
        config::Problems problems;
        std::string yaml = with(
            settings_yaml(GetParam(), "page_size: 2\nshipping_sku: SHIPPING\nfee_sku: FEE\nrefund_sku: REFUND\n" + more,
                          sandbox_.api),
            "client_id: me", "client_id: sandbox-client");
        setenv("SOLTEQ_TEST_SECRET", "sandbox-secret", 1);
        Result<runtime::Connector> made = spec().create(config::Node::parse(yaml, "acme.yaml", problems), context_);
        EXPECT_TRUE(made) << made.error().message;
        connector_ = {};
        if (made) connector_ = *std::move(made);
    }
    std::string control(const std::string& route, const std::string& body = {}) {
        const auto answer = transport_->send(
            {.method = body.empty() ? "GET" : "POST", .url = sandbox_.control + route, .body = body}, {});
        EXPECT_TRUE(answer);
        if (!answer) return {};
        EXPECT_EQ(200, answer->status) << answer->body;
        return answer->body;
    }
    Result<runtime::Applied> apply(const events::Command& command) {
        return connector_.sink->apply({&command, 1}, {}).front();
    }
    // All events of one pass; the cursor goes on from pass to pass.
    Result<std::vector<events::Event>> pass(const std::string& stream) {
        std::vector<events::Event> out;
        runtime::Cursor& cursor = cursors_[stream];
        for (bool more = true; more;) {
            Result<runtime::Page> page = connector_.source->read(stream, cursor, {});
            if (!page) return std::unexpected(page.error());
            for (const runtime::Change& change : page->changes) {
                if (!change.event) return std::unexpected(change.event.error());
                out.push_back(*change.event);
            }
            cursor = page->next;
            more = page->more;
            if (between_pages_) std::exchange(between_pages_, {})();
        }
        return out;
    }
    std::vector<std::string> skus(const std::string& stream) {
        std::vector<std::string> out;
        const auto events = pass(stream);
        EXPECT_TRUE(events) << events.error().message;
        if (events)
            for (const events::Event& event : *events) out.push_back(event.product().sku());
        return out;
    }
    Decimal free_of(const std::string& sku) {
        const auto events = pass("balances");
        EXPECT_TRUE(events) << events.error().message;
        if (events)
            for (const events::Event& event : *events)
                if (event.stock().sku() == sku) return events::from_proto(event.stock().free());
        return dec("-999");
    }
    // "25.42" or "none".
    std::string sale_of(const std::string& sku) {
        const auto events = pass("campaigns");
        EXPECT_TRUE(events) << events.error().message;
        if (events)
            for (const events::Event& event : *events)
                if (event.price().sku() == sku)
                    return event.price().has_sale() ? events::from_proto(event.price().sale()).text(2) : "none";
        return "no price";
    }
    std::size_t count(const std::string& text, const std::string& what) {
        std::size_t found = 0;
        for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
        return found;
    }
    events::Command order_of(const std::string& external_number) {
        events::Command command = export_command();
        command.mutable_export_order()->set_external_number(external_number);
        return command;
    }

    Sandbox sandbox_;
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter_ =
        http::RateLimiter::create({.per_second = 1'000, .burst = 1'000}, system_clock());
    runtime::ConnectionContext context_{.merchant = "acme",
                                        .connection = "erp",
                                        .clock = system_clock(),
                                        .transport = *transport_,
                                        .limiter = *limiter_,
                                        .metrics = *metrics_};
    runtime::Connector connector_{};
    std::map<std::string, runtime::Cursor> cursors_{};
    std::function<void()> between_pages_{};  // once, after the next page
};
INSTANTIATE_TEST_SUITE_P(Dialect, SandboxOf, ::testing::Values("solteq-rest", "solteq-alt"),
                         [](const auto& test) { return std::string(test.param) == "solteq-rest" ? "Rest" : "Alt"; });

const std::vector<std::string> kSkus = {"TS-2041-BLK-M", "TS-2041-BLK-L", "K-100", "GC-50",
                                        "SHIPPING",      "FEE",           "REFUND"};

TEST_P(SandboxOf, ReadsWholeListsThroughTokensAndEmptyPages) {
    ASSERT_TRUE(connector_.probe({}));
    control("settings", R"({"empty_page_every":2,"page_token_bytes":6000})");
    EXPECT_EQ(kSkus, skus("catalogue"));
    EXPECT_EQ(kSkus, skus("products"));
    // Then only what changed since.
    control("seed", R"({"products":[{"id":"p-3","modifiedAt":"2026-11-01T06:00:00Z"}]})");
    cursors_["products"].text = std::to_string(system_clock().now_ms() - 60'000) + "\n0\n";
    EXPECT_EQ((std::vector<std::string>{}), skus("products"));
    control("seed", R"({"products":[{"id":"p-3","name":"Muki, uusi"}]})");
    EXPECT_EQ((std::vector<std::string>{"K-100"}), skus("products"));
}

// Rules 6.6 case 19.
TEST_P(SandboxOf, ABearerThatEndsInAPassIsRenewed) {
    control("settings", R"({"bearer_uses":2})");
    EXPECT_EQ(kSkus, skus("catalogue"));
}

TEST_P(SandboxOf, ACredentialThatWasIssuedAnewStopsTheConnectionUntilItIsKnown) {
    EXPECT_EQ(kSkus, skus("catalogue"));
    control("reissue", "{}");  // its old bearers end; the client stays
    EXPECT_EQ(kSkus, skus("catalogue"));
    control("reissue", R"({"secret":"another"})");
    const Status probed = connector_.probe({});
    ASSERT_FALSE(probed);
    EXPECT_EQ(ErrorKind::kAuth, probed.error().kind) << probed.error().message;
    EXPECT_EQ(std::string::npos, probed.error().message.find("sandbox-secret"));
}

TEST_P(SandboxOf, TakesOneTokenPerScopeAndBothSecretPlacements) {
    for (const char* more : {"client_authentication: basic", "token_per_scope: true"}) {
        connect(more);
        EXPECT_EQ(kSkus, skus("catalogue")) << more;
    }
    control("settings", R"({"one_scope_per_token":true})");
    connect();
    EXPECT_TRUE(connector_.probe({}));
    EXPECT_EQ(kSkus, skus("catalogue"));
    EXPECT_EQ(dec("54"), free_of("TS-2041-BLK-M"));
}

// A scope that is missing stops its job, not the connection.
TEST_P(SandboxOf, AMissingScopeStopsItsStreamAlone) {
    control("scopes", R"({"scopes":["administration-api","catalog-api","customer-api","order-api"]})");
    EXPECT_EQ(kSkus, skus("catalogue"));
    const auto balances = pass("balances");
    ASSERT_FALSE(balances);
    EXPECT_EQ(ErrorKind::kRejected, balances.error().kind) << balances.error().message;
    EXPECT_EQ(kSkus, skus("catalogue"));
}

TEST_P(SandboxOf, ATokenOfAPageThatEndedStartsThePassAnew) {
    between_pages_ = [this] { control("expire-page-tokens", "{}"); };
    const std::vector<std::string> seen = skus("catalogue");
    if (GetParam() == std::string("solteq-rest")) {
        EXPECT_EQ(kSkus.size() + 2, seen.size());  // the first page came twice
        EXPECT_EQ(kSkus, std::vector<std::string>(seen.begin() + 2, seen.end()));
    } else {
        EXPECT_EQ(kSkus, seen);  // numbers do not end
    }
}

TEST_P(SandboxOf, WaitsWhenItAsksTooOften) {
    control("settings", R"({"requests_max":2,"window_seconds":1})");
    EXPECT_EQ(kSkus, skus("catalogue"));
}

TEST_P(SandboxOf, CountsASharedStockOnce) {
    EXPECT_EQ(dec("54"), free_of("TS-2041-BLK-M"));
    connect("stores: [store-1, store-2]");
    EXPECT_EQ(dec("57"), free_of("TS-2041-BLK-M"));
    EXPECT_EQ(dec("-2"), free_of("TS-2041-BLK-L"));
}

TEST_P(SandboxOf, AnIncompleteReadOfBalancesIsNone) {
    control("faults",
            R"([{"match":{"path_regex":"balances"},"skip":1,"times":5,"fault":{"kind":"status","status":503}}])");
    const auto events = pass("balances");
    ASSERT_FALSE(events);
    EXPECT_EQ(ErrorKind::kTransient, events.error().kind);
}

TEST_P(SandboxOf, TakesAnOrderOnceAndItsRefund) {
    const Decimal before = free_of("TS-2041-BLK-M");
    const Result<runtime::Applied> first = apply(export_command());
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ("", first->result.error());
    EXPECT_EQ("c-1", first->result.document().customer_native_id());
    const Result<runtime::Applied> again = apply(export_command());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->result.document().found());
    EXPECT_EQ(first->result.native_id(), again->result.native_id());
    EXPECT_EQ(dec("2"), before - free_of("TS-2041-BLK-M"));
    ASSERT_TRUE(apply(refund_command()));
    const Result<runtime::Applied> refund = apply(refund_command());
    ASSERT_TRUE(refund) << refund.error().message;
    EXPECT_TRUE(refund->result.document().found());
    EXPECT_EQ(dec("1"), before - free_of("TS-2041-BLK-M"));
    const std::string log = control("log");
    EXPECT_EQ(1U, count(log, "order_created"));
    EXPECT_EQ(1U, count(log, "refund_created"));
}

// Rules 6.6 case 2.
TEST_P(SandboxOf, FindsASaleWhoseAnswerWasLost) {
    control("faults",
            R"([{"match":{"method":"POST","path_regex":"orders"},"times":1,"fault":{"kind":"apply_then_drop"}}])");
    const Result<runtime::Applied> lost = apply(export_command());
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind) << lost.error().message;
    const auto found = connector_.sink->find(export_command(), {});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(*found);
    EXPECT_EQ(1U, count(control("log"), "order_created"));
}

TEST_P(SandboxOf, ALookupThatLagsMeetsTheDuplicate) {
    ASSERT_TRUE(apply(export_command()));
    control("settings", R"({"lookup_lag_ms":60000})");
    const Result<runtime::Applied> early = apply(export_command());
    ASSERT_FALSE(early);
    EXPECT_EQ(ErrorKind::kTransient, early.error().kind) << early.error().message;
    control("settings", R"({"lookup_lag_ms":0})");
    EXPECT_TRUE(apply(export_command())->result.document().found());
    EXPECT_EQ(1U, count(control("log"), "order_created"));
}

TEST_P(SandboxOf, ChangesAndCancelsByRefundAndNewSale) {
    connect("order_changes: refund_and_resend\npayment_types: {stripe: Card}");
    const Decimal before = free_of("TS-2041-BLK-M");
    ASSERT_TRUE(apply(export_command()));
    connect("order_changes: refund_and_resend\npayment_types: {stripe: Terminal}");  // from here on
    events::Command update;
    update.mutable_update_order()->set_external_number("woo:main:10231");
    events::v1::Order& order = *update.mutable_update_order()->mutable_order();
    order = the_order();
    *order.mutable_total() = pdec("24.90");
    *order.mutable_lines(0)->mutable_quantity() = pdec("1");
    *order.mutable_lines(0)->mutable_total() = pdec("19.84");
    *order.mutable_lines(0)->mutable_total_tax() = pdec("5.06");
    // The answer of the new sale is lost; applied again, nothing is made twice.
    control(
        "faults",
        R"([{"match":{"method":"POST","path_regex":"orders"},"skip":1,"times":1,"fault":{"kind":"apply_then_drop"}}])");
    const Result<runtime::Applied> lost = apply(update);
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind);
    EXPECT_FALSE(*connector_.sink->find(update, {}));
    const Result<runtime::Applied> changed = apply(update);
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_EQ(dec("1"), before - free_of("TS-2041-BLK-M"));
    events::Command cancel;
    cancel.mutable_cancel_document()->set_external_number("woo:main:10231");
    const Result<runtime::Applied> cancelled = apply(cancel);
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(before, free_of("TS-2041-BLK-M"));
    ASSERT_TRUE(apply(cancel));
    const std::string log = control("log");
    EXPECT_EQ(2U, count(log, "order_created"));
    EXPECT_EQ(2U, count(log, "refund_created"));
    const std::string state = control("state");
    EXPECT_EQ(2U, count(state, R"("Card")"));  // the first sale and its refund
    EXPECT_EQ(2U, count(state, R"("Terminal")"));  // the second and its
}

TEST_P(SandboxOf, CustomersCrossOnceAndStop) {
    const auto all = pass("customers");
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(2U, all->size());
    const Result<runtime::Applied> made = apply(customer_command());
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(commands::v1::OUTCOME_APPLIED, made->result.outcome());
    EXPECT_EQ(0U, pass("customers")->size());  // the echo
    EXPECT_EQ(commands::v1::OUTCOME_UNCHANGED, apply(customer_command())->result.outcome());
    control("seed", R"({"customers":[{"id":")" + made->result.native_id() + R"(","phone":"+358401111111"}]})");
    const auto changed = pass("customers");
    ASSERT_EQ(1U, changed->size());
    EXPECT_EQ("+358401111111", changed->front().customer().personal().clear().phone());
    // By phone in another way of writing: Maija Mallikas of the register.
    events::Command known = customer_command("maija@example.test");
    known.set_cause_observed_at_ms(system_clock().now_ms());
    const Result<runtime::Applied> updated = apply(known);
    ASSERT_TRUE(updated) << updated.error().message;
    EXPECT_EQ("c-2", updated->result.native_id());
    const std::string log = control("log");
    EXPECT_EQ(1U, count(log, "customer_created"));
    EXPECT_EQ(1U, count(log, "customer_updated"));
}

TEST_P(SandboxOf, ACompanyKeepsWhatSolteqKnowsOfIt) {
    events::Command command = customer_command("osto@esimerkki.example");
    auto& customer = *command.mutable_upsert_customer()->mutable_customer();
    customer.set_company(true);
    customer.mutable_personal()->mutable_clear()->set_tax_id("1234567-1");
    customer.mutable_personal()->mutable_clear()->mutable_billing()->set_company("Esimerkki Oy");
    const Result<runtime::Applied> applied = apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("c-1", applied->result.native_id());
    const std::string state = control("state");
    EXPECT_NE(std::string::npos, state.find("990001"));
    EXPECT_NE(std::string::npos, state.find("Katu 2"));
    EXPECT_NE(std::string::npos, state.find("STAFF"));
}

std::string local(std::int64_t in_seconds) {
    return dialect::Zone::locate("Europe/Helsinki")
        ->format(system_clock().now_ms() + in_seconds * 1000, "%Y-%m-%dT%H:%M:%S");
}

TEST_P(SandboxOf, CampaignsBecomeSalePrices) {
    const auto campaign = [](const std::string& id, const std::string& value, const std::string& target,
                             std::int64_t from, std::int64_t to) {
        return R"({"discounts":[{"id":")" + id + R"(","kind":"simple","valueType":"percentage","value":)" + value +
               R"(,"targets":[)" + target + R"(],"storeIds":["store-1"],"validFrom":")" + local(from) +
               R"(","validTo":")" + local(to) + R"(","isActive":true}]})";
    };
    EXPECT_EQ("none", sale_of("TS-2041-BLK-M"));
    control("seed", campaign("d-1", "15.0", R"({"level":"productGroup","id":"cat-1"})", -3600, 7200));
    EXPECT_EQ("25.42", sale_of("TS-2041-BLK-M"));  // a group above
    EXPECT_EQ("none", sale_of("K-100"));
    control("seed", campaign("d-2", "20.0", R"({"level":"supplier","id":"sup-3"})", -3600, 7200));
    EXPECT_EQ("23.92", sale_of("TS-2041-BLK-M"));
    EXPECT_EQ("10.00", sale_of("K-100"));
    connect("campaign_precedence: most_specific");
    EXPECT_EQ("25.42", sale_of("TS-2041-BLK-M"));
    control("seed", R"({"products":[{"id":"p-1","salesPrice":40.0,"categoryIds":["cat-20"]}]})");
    EXPECT_EQ("32.00", sale_of("TS-2041-BLK-M"));
    control("remove", R"({"discounts":["d-2"]})");
    EXPECT_EQ("none", sale_of("TS-2041-BLK-M"));
    EXPECT_EQ("25.42", sale_of("TS-2041-BLK-L"));
}

}  // namespace
}  // namespace shopwire::solteq
