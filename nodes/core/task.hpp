// A lazily started coroutine that gives one value. Multi-step exchanges are written with it behind Node::on.
// The awaiting coroutine owns the frame, so destroying the outermost one destroys all.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace caravan::nodes {

template <class T>
class [[nodiscard]] Task;

namespace task_detail {

/// What a frame remembers: what awaits it, and the exception that ended it. It runs nothing before it is
/// awaited or started. At its end it resumes what awaits it by symmetric transfer, so that chains of tasks do
/// not deepen the stack.
struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr exception;

  /// The frame stays after its end, until its Task destroys it.
  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { exception = std::current_exception(); }
};

/// Keeps the value until it is taken, once; `take` throws the exception instead, if there is one.
template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }
};

/// The same without a value.
template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() const {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace task_detail

/// Owns the frame of a coroutine. Destroying it destroys the frame wherever it waits, with its locals, and
/// runs nothing else of it. Moved from, it may only be destroyed or assigned to.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Awaiting it runs it, and gives its value or throws what ended it. Once, by one coroutine, and not after
  /// start().
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

  /// For the outermost one: runs until it first waits.
  void start() { handle_.resume(); }
  bool done() const { return handle_.done(); }
  /// After done(): the value, or the exception that ended it.
  T take() { return handle_.promise().take(); }

 private:
  Handle handle_;
};

namespace task_detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace task_detail

}  // namespace caravan::nodes
