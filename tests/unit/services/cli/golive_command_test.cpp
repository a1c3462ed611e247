#include "services/cli/golive_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace shopwire::cli {
namespace {

// Nothing would be written, and the person told that it was.
TEST(Golive, RefusesAMerchantWhoseOrdersGoNowhere) {
    const std::filesystem::path folder = ::testing::TempDir() + "shopwire_golive";
    std::filesystem::create_directories(folder / "merchants");
    std::ofstream(folder / "installation.yaml") << "kafka: {bootstrap: '127.0.0.1:1'}\n";
    std::ofstream(folder / "merchants/example.yaml") << "merchant: example\nconnections: {}\nrouting: {}\n";
    std::ostringstream out;
    for (const bool write : {false, true}) {
        const auto done = golive({.reach = {.config = folder}, .merchant = "example", .write = write}, out);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().message, "example has no routing.orders: there is nothing that could go live");
    }
    EXPECT_EQ(out.str(), "");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace shopwire::cli
