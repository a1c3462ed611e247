#include "services/cli/completion_command.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "services/cli/dead_letters_command.h"
#include "services/cli/tail_command.h"

namespace shopwire::cli {
namespace {

std::string output_of(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    std::array<char, 256> part{};
    while (pipe != nullptr && std::fgets(part.data(), part.size(), pipe) != nullptr) out += part.data();
    EXPECT_EQ(::pclose(pipe), 0) << command;
    return out;
}

std::string completed(const std::string& words, int at) {
    CLI::App app("", "shopwire");
    int exit_code = 0;
    add_tail_command(app, exit_code);
    add_dead_letters_command(app, exit_code);
    const std::string script = completion_script(app, false);
    const std::string file = ::testing::TempDir() + "shopwire_completion.bash";
    FILE* out = std::fopen(file.c_str(), "w");
    std::fwrite(script.data(), 1, script.size(), out);
    std::fclose(out);
    return output_of("bash -c 'source " + file + "; COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(at) +
                     "; _shopwire; echo \"${COMPREPLY[@]}\"'");
}

TEST(Completion, KnowsCommandsAndTheirOptions) {
    EXPECT_EQ(completed("shopwire ta", 1), "tail\n");
    EXPECT_EQ(completed("shopwire deadletters re", 2), "replay\n");
    EXPECT_EQ(completed("shopwire tail --mer", 2), "--merchant\n");
    EXPECT_EQ(completed("shopwire tail order --fol", 3), "--follow\n");
}

TEST(Completion, OfZshUsesThatOfBash) {
    CLI::App app("", "shopwire");
    EXPECT_TRUE(completion_script(app, true).starts_with("#compdef shopwire\nautoload -U +X bashcompinit"));
}

}  // namespace
}  // namespace shopwire::cli
