#include "tests/sandbox/kit/request_reader.h"

#include <array>
#include <charconv>

namespace sandbox::kit {

namespace {

constexpr std::size_t kMaxHead = 65536;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool parse_head(std::string_view head, Request& request, bool& http11) {
    const auto line_end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, line_end);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first) return false;
    request.method = line.substr(0, first);
    const auto version = line.substr(last + 1);
    if (!version.starts_with("HTTP/1.")) return false;
    http11 = version == "HTTP/1.1";
    const auto target = line.substr(first + 1, last - first - 1);
    const auto mark = target.find('?');
    request.path = url_decode(target.substr(0, mark), false);
    if (mark != std::string_view::npos) request.raw_query = target.substr(mark + 1);
    request.query = parse_query(request.raw_query);
    head.remove_prefix(std::min(line_end + 2, head.size()));
    while (!head.empty()) {
        const auto end = std::min(head.find("\r\n"), head.size());
        const auto field = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const auto colon = field.find(':');
        if (colon == std::string_view::npos || colon == 0) return false;
        request.headers.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
    }
    return true;
}

}  // namespace

bool RequestReader::fill() {
    std::array<char, 16384> piece{};
    const long got = connection_.read(piece.data(), piece.size());
    if (got <= 0) return false;
    buffer_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
}

ReadResult RequestReader::read_head(Request& request) {
    std::size_t end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos) {
        if (buffer_.size() > kMaxHead) return ReadResult::kMalformed;
        if (!fill()) return ReadResult::kClosed;
        end = buffer_.find("\r\n\r\n");
    }
    bool http11 = true;
    if (!parse_head(std::string_view(buffer_).substr(0, end), request, http11)) return ReadResult::kMalformed;
    buffer_.erase(0, end + 4);
    const auto* wish = request.header("Connection");
    keep_alive_ = wish == nullptr ? http11 : lower(*wish) != "close" && (http11 || lower(*wish) == "keep-alive");
    request.secure = connection_.secure();
    return ReadResult::kRequest;
}

ReadResult RequestReader::read_sized(std::size_t size, std::string& body) {
    if (size > max_body_) return ReadResult::kTooLarge;
    body.reserve(size);
    body = buffer_.substr(0, size);
    buffer_.erase(0, body.size());
    while (body.size() < size) {
        const auto filled = body.size();
        body.resize(size);
        const long got = connection_.read(body.data() + filled, size - filled);
        if (got <= 0) return ReadResult::kClosed;
        body.resize(filled + static_cast<std::size_t>(got));
    }
    return ReadResult::kRequest;
}

bool RequestReader::read_line(std::string& line) {
    std::size_t end = buffer_.find("\r\n");
    while (end == std::string::npos) {
        if (buffer_.size() > kMaxHead || !fill()) return false;
        end = buffer_.find("\r\n");
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
}

ReadResult RequestReader::read_chunked(std::string& body) {
    while (true) {
        std::string line;
        if (!read_line(line)) return ReadResult::kClosed;
        std::size_t size = 0;
        const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
        if (error != std::errc{} || rest == line.data()) return ReadResult::kMalformed;
        if (body.size() + size > max_body_) return ReadResult::kTooLarge;
        std::string chunk;
        if (size > 0) {
            if (const auto result = read_sized(size, chunk); result != ReadResult::kRequest) return result;
            body += chunk;
        }
        if (!read_line(line)) return ReadResult::kClosed;
        if (size > 0) continue;
        while (!line.empty()) {
            if (!read_line(line)) return ReadResult::kClosed;
        }
        return ReadResult::kRequest;
    }
}

ReadResult RequestReader::next(Request& request) {
    if (const auto result = read_head(request); result != ReadResult::kRequest) return result;
    const auto* coding = request.header("Transfer-Encoding");
    const auto* length = request.header("Content-Length");
    if (coding == nullptr && length == nullptr) return ReadResult::kRequest;
    if (const auto* expect = request.header("Expect"); expect != nullptr && lower(*expect) == "100-continue") {
        connection_.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (coding != nullptr && lower(*coding) == "chunked") return read_chunked(request.body);
    std::size_t size = 0;
    if (length == nullptr || std::from_chars(length->data(), length->data() + length->size(), size).ec != std::errc{}) {
        return ReadResult::kMalformed;
    }
    return read_sized(size, request.body);
}

}  // namespace sandbox::kit
