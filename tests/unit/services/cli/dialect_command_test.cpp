// Goal: the connector beside the program is found, and a wrong name tells which there are.
#include "services/cli/dialect_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace shopwire::cli {
namespace {

TEST(DialectCommand, FindsTheConnectorBesideIt) {
    const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "connectors";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "shopwire-beta") << "";
    std::ofstream(folder / "shopwire") << "";
    EXPECT_EQ((folder / "shopwire-beta").string(), connector_program("beta", folder.string()).value());
    const auto wrong = connector_program("../beta", folder.string());
    ASSERT_FALSE(wrong);
    EXPECT_EQ("--system: expected a connector beside this program (beta), got \"../beta\"", wrong.error().message);
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(connector_program("beta", folder.string()).error().message.contains("none is there"));
}

}  // namespace
}  // namespace shopwire::cli
