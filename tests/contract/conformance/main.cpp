// Goal: every connector behaves the same where the runtime relies on it.  Method: each check of checks.h is a test of
// each case: a connector before its simulated remote, with a wire between that can be disturbed.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/log/log.h"
#include "tests/contract/conformance/checks.h"

namespace shopwire::conformance {
namespace {

std::vector<Check> all_checks() {
    std::vector<Check> checks;
    for (const std::span<const Check> part : {form_checks(), source_checks(), sink_checks()})
        checks.insert(checks.end(), part.begin(), part.end());
    return checks;
}

class Conformance : public ::testing::Test {
 public:
    Conformance(ContractCase contract, Check check) : contract_(std::move(contract)), check_(check) {}

    void TestBody() override {
        const auto waiver = std::ranges::find(contract_.waivers, check_.name, &Waiver::check);
        if (waiver == contract_.waivers.end()) return run();
        ::testing::TestPartResultArray failures;
        {
            const ::testing::ScopedFakeTestPartResultReporter reporter(
                ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
            run();
        }
        bool fails = false;
        for (int i = 0; i < failures.size(); ++i) fails |= failures.GetTestPartResult(i).failed();
        if (!fails) FAIL() << "a stale waiver: the check passes";
        GTEST_SKIP() << "waived: " << waiver->reason;
    }

 private:
    void run() {
        try {
            Stage stage(contract_);
            check_.run(stage);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
    const ContractCase contract_;
    const Check check_;
};

void register_tests() {
    const std::vector<Check> checks = all_checks();
    for (const ContractCase& contract : all_cases()) {
        for (const Waiver& waiver : contract.waivers)
            if (std::ranges::find(checks, waiver.check, &Check::name) == checks.end())
                throw std::runtime_error(contract.name + ": a waiver of a check that does not exist");
        for (const Check& check : checks)
            ::testing::RegisterTest(("Conformance_" + contract.name).c_str(), std::string(check.name).c_str(), nullptr,
                                    nullptr, __FILE__, __LINE__,
                                    [contract, check]() -> Conformance* { return new Conformance(contract, check); });
    }
}

}  // namespace
}  // namespace shopwire::conformance

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    shopwire::log::configure(shopwire::log::Level::kDebug, shopwire::log::Format::kText, "conformance");
    shopwire::conformance::register_tests();
    return RUN_ALL_TESTS();
}
