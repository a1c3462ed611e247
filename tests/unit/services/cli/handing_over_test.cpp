// Goal: the service beside the program is found, and a wrong name tells which there are.
#include "services/cli/handing_over.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace shopwire::cli {
namespace {

TEST(HandingOver, FindsTheServiceBesideIt) {
    const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "services";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "shopwire-beta") << "";
    std::ofstream(folder / "shopwire") << "";
    EXPECT_EQ((folder / "shopwire-beta").string(), service_program("beta", folder.string()).value());
    const auto wrong = service_program("../beta", folder.string());
    ASSERT_FALSE(wrong);
    EXPECT_EQ("expected a service beside this program (beta), got \"../beta\"", wrong.error().message);
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(service_program("beta", folder.string()).error().message.contains("none is there"));
}

}  // namespace
}  // namespace shopwire::cli
