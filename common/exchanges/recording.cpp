#include "common/exchanges/recording.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/core/files.h"
#include "common/exchanges/text.h"
#include "common/http/digest.h"
#include "common/json/value.h"

namespace shopwire::exchanges {
namespace {

constexpr std::size_t kHashBytes = 8;
constexpr std::string_view kSuffix = ".json";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Dates ("2026-11-21", "21.11.2026") and epochs (10 or 13 digits) become zeros: a pass of another day asks the same.
std::string without_times(std::string text) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        std::size_t digits = 0, marks = 0;
        while (end < text.size() &&
               (is_digit(text[end]) || (end > at && std::string_view("-.:T").contains(text[end])))) {
            if (is_digit(text[end++]))
                ++digits;
            else
                ++marks;
        }
        const bool date = marks >= 2 && digits >= 8;
        const bool epoch = marks == 0 && (digits == 10 || digits == 13);
        if (date || epoch)
            for (std::size_t i = at; i < end; ++i)
                if (is_digit(text[i])) text[i] = '0';
        at = std::max(end, at + 1);
    }
    return text;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += {kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
    return out;
}

std::string_view path_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    return slash == std::string_view::npos ? std::string_view() : url.substr(slash);
}

// "list stock/1" -> "list_stock_1".
std::string safe(std::string_view operation) {
    std::string out(operation.substr(0, 60));
    for (char& c : out)
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) c = '_';
    return out.empty() ? "call" : out;
}

std::string text_of_exchange(const http::Request& request, const http::Response& response) {
    json::Writer writer;
    writer.begin_object().key("request").begin_object();
    write_request(writer, request);
    writer.end_object().key("response").begin_object().key("status").number(std::int64_t{response.status});
    writer.key("headers");
    write_headers(writer, response.headers);
    writer.key("body");
    write_body(writer, response.body);
    writer.end_object().end_object();
    return writer.take();
}

http::Response response_of(const json::Value& value) {
    http::Response response;
    const std::string_view status = value.member("status").text();
    std::from_chars(status.data(), status.data() + status.size(), response.status);
    const json::Value headers = value.member("headers");
    for (std::size_t i = 0; i < headers.size(); ++i)
        response.headers.emplace_back(headers.at(i).at(0).text(), headers.at(i).at(1).text());
    const json::Value body = value.member("body");
    response.body = body.type() == json::Type::kString ? std::string(body.text()) : body.dump();
    return response;
}

// The file is there as a whole or not at all, also after a crash: half of one would stop a replay.
bool write_whole(const std::filesystem::path& file, std::string_view text) {
    const std::string part = file.string() + ".part";
    const int handle = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (handle < 0) return false;
    bool done = write_all(handle, text) && ::fsync(handle) == 0;
    done = ::close(handle) == 0 && done;
    done = done && std::rename(part.c_str(), file.c_str()) == 0;
    if (!done) ::unlink(part.c_str());
    return done;
}

bool is_recording(const std::filesystem::path& file) { return file.extension() == kSuffix; }

class RecordLayer final : public http::Transport {
 public:
    RecordLayer(std::unique_ptr<http::Transport> inner, std::shared_ptr<Recorder> recorder)
        : inner_(std::move(inner)), recorder_(std::move(recorder)) {}
    Result<http::Response> send(const http::Request& request, std::stop_token stop) override {
        Result<http::Response> answer = inner_->send(request, std::move(stop));
        if (answer) recorder_->keep(request, *answer);
        return answer;
    }

 private:
    const std::unique_ptr<http::Transport> inner_;
    const std::shared_ptr<Recorder> recorder_;
};

class ReplayTransport final : public http::Transport {
 public:
    explicit ReplayTransport(std::shared_ptr<Recordings> recordings) : recordings_(std::move(recordings)) {}
    Result<http::Response> send(const http::Request& request, std::stop_token) override {
        return recordings_->answer(request);
    }

 private:
    const std::shared_ptr<Recordings> recordings_;
};

}  // namespace

std::string name_of(const http::Request& masked) {
    std::vector<std::pair<std::string, std::string>> query = masked.query;
    std::ranges::sort(query);
    std::string text = masked.method + '\n' + std::string(path_of(masked.url)) + '\n';
    for (const auto& [name, value] : query) text += name + '=' + value + '\n';
    text += masked.body;
    return safe(masked.operation) + "-" + hex(http::sha256(without_times(std::move(text))).substr(0, kHashBytes));
}

Result<std::shared_ptr<Recorder>> Recorder::open(const std::string& folder, const MaskWords& words) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return rejected("recording to " + folder + ": " + error.message());
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (is_recording(entry.path()))
            return rejected("recording to " + folder + ": expected a folder without recordings, found " +
                            entry.path().filename().string());
    return std::shared_ptr<Recorder>(new Recorder(folder, Mask(words, Mask::Personal::kShape)));
}

void Recorder::keep(const http::Request& request, const http::Response& response) {
    if (request.body.size() + response.body.size() > kExchangeBytesMax) {  // masking it would only take time
        const std::lock_guard lock(mutex_);
        ++left_out_;
        return;
    }
    const http::Request asked = mask_.request(request);
    const std::string text = indented(text_of_exchange(asked, mask_.response(response))) + '\n';
    const std::string name = name_of(asked);
    const std::lock_guard lock(mutex_);
    const bool fits =
        text.size() <= kExchangeBytesMax && files_ < kExchangesMax && bytes_ + text.size() <= kFolderBytesMax;
    const std::filesystem::path file =
        std::filesystem::path(folder_) / (name + "-" + std::to_string(counts_[name] + 1) + std::string(kSuffix));
    if (!fits || !write_whole(file, text)) {
        ++left_out_;
        return;
    }
    ++counts_[name];
    ++files_;
    bytes_ += text.size();
}

std::size_t Recorder::left_out() const {
    const std::lock_guard lock(mutex_);
    return left_out_;
}

Result<std::shared_ptr<Recordings>> Recordings::load(const std::string& folder, const MaskWords& words) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (is_recording(entry.path())) files.push_back(entry.path());
    if (error) return rejected("replaying " + folder + ": " + error.message());
    if (files.size() > kExchangesMax) return rejected("replaying " + folder + ": too many recordings");
    // "name-2" before "name-10".
    std::ranges::sort(files, [](const auto& left, const auto& right) {
        const std::string a = left.filename().string(), b = right.filename().string();
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    std::shared_ptr<Recordings> recordings(new Recordings(folder, Mask(words, Mask::Personal::kShape)));
    for (const std::filesystem::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const Result<json::Document> document = json::Document::parse(text);
        if (!document) return within("replaying " + file.string(), document.error());
        const std::string name = file.stem().string();
        recordings->answers_[name.substr(0, name.rfind('-'))].list.push_back(
            response_of(document->root().member("response")));
    }
    if (files.empty()) return rejected("replaying " + folder + ": there is no recording");
    recordings->size_ = files.size();
    return recordings;
}

Result<http::Response> Recordings::answer(const http::Request& request) {
    const http::Request asked = mask_.request(request);
    const std::lock_guard lock(mutex_);
    const auto found = answers_.find(name_of(asked));
    if (found == answers_.end())
        return rejected(folder_ + " holds no answer to " + asked.operation + ": " + asked.method + " " +
                        address_of(asked));
    Answers& answers = found->second;
    const std::size_t at = std::min(answers.next, answers.list.size() - 1);
    ++answers.next;
    return answers.list[at];
}

std::unique_ptr<http::Transport> recording(std::unique_ptr<http::Transport> inner, std::shared_ptr<Recorder> recorder) {
    return std::make_unique<RecordLayer>(std::move(inner), std::move(recorder));
}

std::unique_ptr<http::Transport> replaying(std::shared_ptr<Recordings> recordings) {
    return std::make_unique<ReplayTransport>(std::move(recordings));
}

}  // namespace shopwire::exchanges
