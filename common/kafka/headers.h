// The headers of a record: names and values, in order, in one piece of memory, for most records carry eight of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace shopwire::kafka {

class Headers {
    struct Sizes {
        std::uint32_t name = 0;
        std::uint32_t value = 0;
    };

 public:
    using Header = std::pair<std::string_view, std::string_view>;  // points into the headers

    class Iterator {
     public:
        using value_type = Header;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(const char* at) : at_(at) {}
        Header operator*() const {
            const auto [name_size, value_size] = sizes();
            const char* name = at_ + sizeof(Sizes);
            return {{name, name_size}, {name + name_size, value_size}};
        }
        Iterator& operator++() {
            const auto [name_size, value_size] = sizes();
            at_ += sizeof(Sizes) + name_size + value_size;
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

     private:
        Sizes sizes() const {
            Sizes out;
            std::memcpy(&out, at_, sizeof out);  // not aligned
            return out;
        }
        const char* at_ = nullptr;
    };

    Headers() = default;
    Headers(std::initializer_list<Header> headers) {
        std::size_t bytes = 0;
        for (const auto& [name, value] : headers) bytes += sizeof(Sizes) + name.size() + value.size();
        bytes_.reserve(bytes);
        for (const auto& [name, value] : headers) emplace_back(name, value);
    }

    void emplace_back(std::string_view name, std::string_view value) {
        const Sizes sizes{.name = static_cast<std::uint32_t>(name.size()),
                          .value = static_cast<std::uint32_t>(value.size())};
        char raw[sizeof sizes];
        std::memcpy(raw, &sizes, sizeof sizes);
        bytes_.append(raw, sizeof raw).append(name).append(value);
        ++count_;
    }

    std::size_t size() const { return count_; }
    bool empty() const { return count_ == 0; }
    Iterator begin() const { return Iterator(bytes_.data()); }
    Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }
    friend bool operator==(const Headers&, const Headers&) = default;

 private:
    std::string bytes_{};  // of each: Sizes, name, value
    std::size_t count_ = 0;
};

}  // namespace shopwire::kafka
