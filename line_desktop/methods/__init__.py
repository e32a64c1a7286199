"""The methods that label neurons, each on its page; `asking` has what they ask and say."""
