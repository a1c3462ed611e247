#include "services/cli/connect_command.h"

#include <sys/random.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "common/http/server.h"
#include "services/cli/command.h"
#include "services/cli/connect_desk.h"
#include "services/cli/connect_view.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBodyMax = 16 * 1024;

Result<std::string> random_name() {
    std::array<unsigned char, 24> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return transient("no randomness");
    std::string out;
    for (const unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
    return out;
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

bool is_name(const std::string& text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

Status check(const ConnectOptions& options, const KeyFiles& files) {
    if (!is_name(options.merchant) || !is_name(options.connection))
        return rejected("--merchant and --connection: expected small letters, digits, - and _");
    if (!options.shop.starts_with("https://"))
        return rejected("URL: expected https://, for over http a shop takes no key in a header");
    if (!options.callback.starts_with("https://"))
        return rejected("--callback: expected https://, for a shop posts a key nowhere else");
    for (const fs::path& file : {files.key, files.secret})
        if (fs::exists(file)) return rejected(file.string() + " is there already: move it away first");
    return {};
}

// What follows the host of the callback, where the proxy passes on with the path as it is.
std::string path_of(const std::string& url) {
    const std::size_t host = url.find("//") + 2;
    const std::size_t slash = url.find('/', host);
    return slash == std::string::npos ? std::string() : url.substr(slash);
}

}  // namespace

Status connect(const ConnectOptions& options, std::ostream& out, const Listening& listening) {
    std::error_code made;
    fs::create_directories(options.secrets, made);
    const std::string name = options.merchant + "-" + options.connection;
    const fs::path folder = fs::absolute(options.secrets, made);
    const KeyFiles files{.key = folder / (name + ".key"), .secret = folder / (name + ".secret")};
    if (Status good = check(options, files); !good) return good;
    const std::int64_t now_ms = system_clock().now_ms();
    const Result<std::int64_t> back = parse_since(options.wait, now_ms);
    if (!back) return rejected("--wait: expected a span like 15m, got \"" + options.wait + "\"");
    const Result<std::string> state = random_name();
    if (!state) return std::unexpected(state.error());

    const Invitation invitation{.shop = without_slash(options.shop),
                                .callback = without_slash(options.callback) + "/" + *state,
                                .state = *state};
    Desk desk(path_of(invitation.callback), *state, files);
    auto server = http::Server::start({.listen = options.listen, .threads = 2, .body_bytes_max = kBodyMax},
                                      [&desk](const http::ServerRequest& request) { return desk.answer(request); });
    if (!server) return within("listening at " + options.listen, server.error());
    std::ostream& told = options.json ? std::cerr : out;
    const std::string link = authorize_link(invitation);
    told << "Open this page as an administrator of the shop, and allow it:\n\n  " << link << "\n\n"
         << "Waiting " << options.wait << " for the key at " << options.listen << " ...\n"
         << std::flush;
    if (listening) listening(link, (*server)->port());
    if (Status came = desk.wait(std::chrono::milliseconds(now_ms - *back)); !came) return came;
    const std::string yaml =
        connection_yaml(options.connection, invitation.shop, files.key.string(), files.secret.string());
    if (options.json)
        out << nlohmann::json{{"key_file", files.key.string()}, {"secret_file", files.secret.string()}, {"yaml", yaml}}
                   .dump(2)
            << '\n';
    else
        out << "The key is stored. Put this into merchants/" << options.merchant << ".yaml:\n\n" << yaml;
    return {};
}

void add_connect_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<ConnectOptions>();  // the callback outlives this function
    CLI::App* command = app.add_subcommand("connect", "Get the key of a WooCommerce shop by its own page");
    command->add_option("url", options->shop, "The shop's home page, https://...")->required();
    command->add_option("--merchant", options->merchant, "MERCHANT")->required();
    command->add_option("--connection", options->connection, "Its name in the merchant's file")->required();
    command
        ->add_option("--callback", options->callback,
                     "Public https address of a proxy that passes on, with its path, to --listen")
        ->required();
    command->add_option("--listen", options->listen, "Where the key comes in, as plain HTTP")->capture_default_str();
    command->add_option("--secrets", options->secrets, "Folder of the two secret files")->capture_default_str();
    command->add_option("--wait", options->wait, "How long")->capture_default_str();
    command->add_flag("--json", options->json, "Print JSON for scripts");
    command->footer(
        "Example:\n  shopwire connect https://shop.example.com --merchant example --connection shop \\\n"
        "      --callback https://hooks.example.com/connect --secrets /etc/shopwire/secrets");
    command->callback([options, &exit_code] { exit_code = exit_code_of("connect", connect(*options, std::cout)); });
}

}  // namespace shopwire::cli
