#include "tests/contract/conformance/remote.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace shopwire::conformance {
namespace {

constexpr int kStartMs = 20'000;

// The first line that comes out of `end`.
std::string first_line(int end) {
    std::string line;
    pollfd waiting{.fd = end, .events = POLLIN, .revents = 0};
    for (char c = 0; c != '\n' && poll(&waiting, 1, kStartMs) == 1 && read(end, &c, 1) == 1;) line += c;
    return line;
}

}  // namespace

Remote::Remote(const Program& program) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    std::vector<std::string> words{program.path};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    close(ends[1]);
    const std::string line = first_line(ends[0]);
    close(ends[0]);
    const auto ports = json::Document::parse(line);
    if (!ports) throw std::runtime_error(program.path + " does not start: " + line);
    address_ = "http://127.0.0.1:" + std::string(ports->root().member("http").text());
    control_ = "http://127.0.0.1:" + std::string(ports->root().member("control").text()) + "/__sandbox/";
}

Remote::~Remote() {
    kill(child_, SIGTERM);
    int status = -1;
    waitpid(child_, &status, 0);
    EXPECT_EQ(0, status) << "the remote did not end well";  // a sanitizer found something
}

std::string Remote::ask(const http::Request& request) {
    const auto answer = transport_->send(request, {});
    if (!answer || answer->status != 200)
        throw std::runtime_error(request.url + ": " + (answer ? answer->body : answer.error().message));
    return answer->body;
}

std::string Remote::control(const std::string& call, const std::string& body) {
    return ask({.method = body.empty() ? "GET" : "POST",
                .url = control_ + call,
                .headers = {{"Content-Type", "application/json"}},
                .body = body});
}

json::Document Remote::asked(const std::string& call, const std::string& body) {
    return json::Document::parse(control(call, body)).value();
}

std::string Remote::get(const std::string& path, const http::Headers& query, const http::Headers& headers) {
    return ask({.url = address_ + path, .query = query, .headers = headers});
}

}  // namespace shopwire::conformance
